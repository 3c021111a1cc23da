import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  ADMIN,
  ANA,
  addGift,
  BO,
  type ListsApp,
  makeList,
  openLists,
  reserve,
  reserveBody,
  runTask,
} from '../testing/lists-app.ts';

const BROWSER = { accept: 'text/html' };
const GIVER = 'zebedee@example.org';
const TITLE = 'A list of secrets';

/** What an owner, or a co-owner who stays blind, might try in order to learn what is taken. Each try must tell nothing. */
describe('attacks on a surprise', () => {
  let app: ListsApp;
  before(async () => {
    app = await openLists();
  });
  after(() => app.close());

  /** Two gifts alike but for one being all taken: whoever must not know sees no difference between them. */
  const prepare = async (fields: { surprise: boolean; coOwner?: boolean }) => {
    const listId = await makeList(app, { eventDate: '03 May 2090' });
    if (fields.surprise) await app.send('PATCH', `/lists/${listId}`, { as: ANA, body: { surprise: true } });
    if (fields.coOwner) {
      await app.send('POST', `/lists/${listId}/co-owners`, { as: ANA, body: { email: BO.email } });
    }
    const taken = await addGift(app, listId);
    const free = await addGift(app, listId);
    const { body } = await reserve(app, { listId, productId: taken }, GIVER);
    return { listId, taken, free, reservationId: body.reservation_id as string };
  };
  /** The answer without the ids that tell the two gifts apart. */
  const shape = ({ status, body }: { status: number; body: unknown }, ids: string[]) =>
    ids.reduce((text, id) => text.replaceAll(id, '*'), `${status} ${JSON.stringify(body)}`);

  const MANAGERS = [
    { who: ANA, surprise: true, coOwner: false, name: 'the owner of a surprise' },
    { who: BO, surprise: false, coOwner: true, name: 'a blind co-owner of an open-hearted list' },
    { who: BO, surprise: true, coOwner: true, name: 'a blind co-owner of a surprise' },
  ];
  for (const { who, surprise, coOwner, name } of MANAGERS) {
    it(`answers ${name} alike for a gift that is taken and one that is not`, async () => {
      const { listId, taken, free } = await prepare({ surprise, coOwner });
      const tries: [method: string, path: string, body?: unknown][] = [
        ['PATCH', 'product/GIFT', { groupTarget: 5_000 }],
        ['PATCH', 'product/GIFT', { groupTarget: null }],
        ['PATCH', 'product/GIFT', { quantity: 3 }],
        ['PUT', 'product/GIFT', { quantity: 1 }],
        ['POST', `reserve/GIFT/email/${encodeURIComponent(who.email)}`, reserveBody(1)],
        ['POST', `reserve/GIFT/email/${encodeURIComponent(who.email)}`, reserveBody(700)],
        ['POST', `reserve/GIFT/email/${encodeURIComponent(GIVER)}`, reserveBody(1)],
        ['POST', 'pledge/GIFT', { amount: 100 }],
        ['POST', 'product/GIFT', { quantity: 1, productType: 'products' }],
        ['DELETE', 'product/GIFT'],
      ];
      for (const [method, path, body] of tries) {
        const send = (gift: string) =>
          app.send(method, `/lists/${listId}/${path.replace('GIFT', gift)}`, { as: who, body });
        const [onTaken, onFree] = [await send(taken), await send(free)];
        assert.equal(shape(onTaken, [taken]), shape(onFree, [free]), `${method} ${path}`);
      }
    });
  }

  it('lets no co-owner bring the reveal forward', async () => {
    const { listId } = await prepare({ surprise: true, coOwner: true });
    const past = { eventDate: '01 January 2020' };
    assert.equal((await app.send('PATCH', `/lists/${listId}`, { as: BO, body: past })).status, 403);
    const whole = { title: 't', description: '', occasion: 'Other', imageUrl: '/i.png', ...past };
    assert.equal((await app.send('PUT', `/lists/${listId}`, { as: BO, body: whole })).status, 403);
    const renamed = await app.send('PATCH', `/lists/${listId}`, { as: BO, body: { title: 'Renamed' } });
    assert.equal(renamed.status, 200);
    const view = await app.send('GET', `/lists/${listId}/view`, { as: ANA });
    assert.deepEqual([view.body.list.isHidden, view.body.list.title], [true, 'Renamed']);
    assert.equal((await app.send('PATCH', `/lists/${listId}`, { as: ANA, body: past })).status, 200);
    const revealed = await app.send('GET', `/lists/${listId}/view`, { as: ANA });
    assert.equal(revealed.body.list.isHidden, false);
  });

  it('tells nobody whose address took a gift that is gone', async () => {
    const { listId, taken } = await prepare({ surprise: true });
    const many = await addGift(app, listId, 5);
    await reserve(app, { listId, productId: many }, GIVER);
    const noType = { ...reserveBody(1), product: {} };
    for (const [productId, body] of [
      [taken, reserveBody(1)],
      [taken, reserveBody(0)],
      [many, reserveBody(700)],
      [many, reserveBody('x')],
      [many, noType],
    ] as const) {
      const [known, unknown] = await Promise.all(
        [GIVER, 'somebody-else@example.org'].map((email) =>
          reserve(app, { listId, productId }, email, { body }),
        ),
      );
      assert.ok(known && known.status >= 400);
      assert.deepEqual(known.body, unknown?.body);
    }
    await app.send('POST', `/lists/${listId}/close`, { as: ANA });
    assert.equal((await reserve(app, { listId, productId: many }, GIVER)).body.code, 'list_closed');
    // Where nothing is a secret the giver is told that it is theirs already.
    const open = await prepare({ surprise: false });
    const again = await reserve(app, { listId: open.listId, productId: open.taken }, GIVER);
    assert.equal(again.body.code, 'already_reserved');
  });

  it('shows the owner no reservation that a guest made in the same browser', async () => {
    const { listId, reservationId } = await prepare({ surprise: true });
    const { cookies } = await app.send('GET', `/reserve/${reservationId}`, { headers: BROWSER });
    const guest = await app.send('GET', '/reservations/mine', { cookies });
    assert.equal(guest.body.lists[0].reservations[0].reservationId, reservationId);
    const owner = await app.send('GET', '/reservations/mine', { as: ANA, cookies });
    assert.ok(!JSON.stringify(owner.body).includes(listId));
    for (const path of [`/lists/${listId}`, `/lists/${listId}/view`]) {
      const headers: Record<string, string> = path.endsWith('view') ? {} : BROWSER;
      const page = await app.send('GET', path, { as: ANA, cookies, headers });
      assert.ok(!JSON.stringify(page.body).includes(reservationId), path);
    }
  });

  it('exports and shows the quantity the owner asked for, and gives released units back to nobody', async () => {
    const listId = await makeList(app, { eventDate: '03 May 2090' });
    await app.send('PATCH', `/lists/${listId}`, { as: ANA, body: { surprise: true } });
    const productId = await addGift(app, listId, 3);
    const { body } = await reserve(app, { listId, productId }, GIVER, { quantity: 2 });
    await app.send('PUT', `/lists/${listId}/product/${productId}`, { as: ANA, body: { quantity: 1 } });
    const exported = await app.send('GET', '/me/export', { as: ANA });
    const list = exported.body.lists.find((one: { listId: string }) => one.listId === listId);
    assert.equal(list.gifts[0].quantity, 1);
    const released = await app.send('PUT', `/lists/reserve/${body.reservation_id}/email/${GIVER}`, {
      body: { quantity: 1, name: 'Zebedee' },
    });
    assert.equal(released.status, 200);
    const shared = await app.send('GET', `/lists/${listId}/shared`);
    const { quantity, reserved } = shared.body.products[productId];
    assert.deepEqual({ quantity, reserved }, { quantity: 1, reserved: 1 });
  });

  it('names holders of the shared view in an order that says nothing of their addresses', async () => {
    const listId = await makeList(app);
    const productId = await addGift(app, listId, 9);
    for (const email of ['a@example.org', 'm@example.org', 'z@example.org', 'b@example.org']) {
      await reserve(app, { listId, productId }, email);
    }
    const { body } = await app.send('GET', `/lists/${listId}/shared`);
    const keys = Object.keys(body.reserved[productId]);
    assert.equal(keys.length, 4);
    assert.deepEqual(keys, keys.toSorted());
  });

  it('sends the owner of a surprise no letter of what happens, whoever does it', async () => {
    const { listId, taken, reservationId } = await prepare({ surprise: true });
    await app.send('PATCH', `/lists/${listId}`, { as: ANA, body: { title: TITLE } });
    const before = (await app.letters()).length;
    await app.send('PUT', `/lists/purchase/${reservationId}/email/${GIVER}`, { body: reserveBody() });
    // Letters are written when they go out, so each step's goes before the next one.
    await app.letters();
    await app.send('POST', `/reservations/${reservationId}/undo`);
    await app.send('POST', `/lists/${listId}/reservations/${reservationId}/revert`, { as: ADMIN });
    await app.send('POST', `/lists/${listId}/close`, { as: ANA });
    await app.letters();
    await app.send('POST', `/lists/${listId}/reopen`, { as: ANA });
    await app.send('DELETE', `/lists/${listId}/product/${taken}`, { as: ANA });
    await runTask(app, 'lists.remind');
    const letters = (await app.letters()).slice(before);
    const aboutList = letters.filter(({ subject, text }) => `${subject}${text}`.includes(TITLE));
    assert.ok(aboutList.length >= 3, 'the giver is told of each step');
    assert.deepEqual([...new Set(aboutList.flatMap(({ to }) => to))], [GIVER]);
  });

  it('answers codes for an address without an account like those for one that has it', async () => {
    await app.apply({ settings: { rate_limits: true } });
    const ask = async (email: string) => {
      const answers: (string | number)[] = [];
      for (let times = 0; times < 2; times += 1) {
        const { status, body } = await app.send('POST', '/auth/forgot-password', { body: { email } });
        answers.push(status, body.error?.code ?? '');
      }
      for (let times = 0; times < 7; times += 1) {
        const { status, body } = await app.send('POST', '/auth/reset-password', {
          body: { email, code: '000000', password: 'Other-Passw0rd' },
        });
        answers.push(status, body.error.code);
      }
      return answers;
    };
    const known = await ask(BO.email);
    assert.deepEqual(await ask('nobody-here@example.org'), known);
    assert.ok(known.includes('TOO_MANY_ATTEMPTS') && known.includes('CODE_MISMATCH'));
    await app.apply({ settings: { rate_limits: false } });
  });
});
