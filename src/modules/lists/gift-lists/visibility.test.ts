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
} from '../testing/lists-app.ts';

/** Every trace of the giver: the tests look for them in whole answers, not in fields. */
const GIVER = { name: 'Zebedee Quill', email: 'zebedee@example.org' };
const BROWSER = { accept: 'text/html' };

describe('who sees what', () => {
  let app: ListsApp;
  let key: { listId: string; productId: string };
  let reservationId: string;
  before(async () => {
    app = await openLists();
  });
  after(() => app.close());

  const prepare = async (fields: { surprise: boolean; revealAt?: string }) => {
    const listId = await makeList(app, { eventDate: '03 May 2090' });
    await app.send('PATCH', `/lists/${listId}`, { as: ANA, body: fields });
    key = { listId, productId: await addGift(app, listId, 3) };
    const { body } = await reserve(app, key, GIVER.email, { body: reserveBody(2, GIVER.name) });
    reservationId = body.reservation_id;
  };
  const noTrace = (answer: { body: unknown }, what: string) => {
    const text = JSON.stringify(answer.body);
    for (const trace of [GIVER.name, GIVER.email, 'zebedee', 'Zebedee', 'Quill', reservationId]) {
      assert.ok(!text.includes(trace), `${what} tells ${trace}`);
    }
  };
  const everywhere = (listId: string) =>
    [
      ['GET', `/lists/${listId}/shared`, {}],
      ['GET', `/prod/lists/${listId}/shared`, {}],
      ['GET', `/lists/${listId}/view`, {}],
      ['GET', `/lists/${listId}`, BROWSER],
      ['GET', `/lists/${listId}?show=taken`, BROWSER],
      ['GET', `/lists/${listId}/reserve/${key.productId}`, BROWSER],
      ['GET', '/reservations/mine', {}],
    ] as const;

  it('keeps the giver from visitors, in every answer and page', async () => {
    await prepare({ surprise: false });
    for (const as of [undefined, BO]) {
      for (const [method, path, headers] of everywhere(key.listId)) {
        noTrace(await app.send(method, path, { ...(as ? { as } : {}), headers }), `${path} to ${as?.name}`);
      }
    }
    const { body } = await app.send('GET', `/lists/${key.listId}/shared`);
    assert.equal(body.products[key.productId].reserved, 2);
    const holders: [string, Record<string, unknown>[]][] = Object.entries(body.reserved[key.productId]);
    const [pseudonym = '', [entry = {}] = []] = holders[0] ?? [];
    assert.match(pseudonym, /^g-[0-9a-f]{12}$/);
    assert.deepEqual(
      {
        name: entry.name,
        email: entry.email,
        id: entry.reservationId,
        user: entry.userId,
        quantity: entry.quantity,
      },
      { name: '', email: '', id: '', user: pseudonym, quantity: 2 },
    );
  });

  it('gives one holder another pseudonym on every list', async () => {
    const first = await app.send('GET', `/lists/${key.listId}/shared`);
    const [before] = Object.keys(first.body.reserved[key.productId]);
    await prepare({ surprise: false });
    const second = await app.send('GET', `/lists/${key.listId}/shared`);
    assert.notEqual(Object.keys(second.body.reserved[key.productId])[0], before);
  });

  it('shows the giver their own, by session or by the link they opened', async () => {
    await prepare({ surprise: true });
    const opened = await app.send('GET', `/reserve/${reservationId}`, { headers: BROWSER });
    const { cookies } = opened;
    const shared = await app.send('GET', `/lists/${key.listId}/shared`, { cookies });
    assert.equal(shared.body.reserved[key.productId][GIVER.email][0].reservationId, reservationId);
    const view = await app.send('GET', `/lists/${key.listId}/view`, { cookies });
    assert.equal(view.body.gifts[0].mine[0].reservationId, reservationId);
    const mine = await app.send('GET', '/reservations/mine', { cookies });
    assert.equal(mine.body.lists[0].reservations[0].reservationId, reservationId);
  });

  it('shows the owner of an open-hearted list everything', async () => {
    await prepare({ surprise: false });
    const { body } = await app.send('GET', `/lists/${key.listId}`, { as: ANA });
    assert.equal(body.reserved[0].name, GIVER.name);
    const view = await app.send('GET', `/lists/${key.listId}/view`, { as: ANA });
    assert.equal(view.body.gifts[0].givers[0].name, GIVER.name);
  });

  it('keeps a surprise from its owner in every answer, page, refusal and letter', async () => {
    await prepare({ surprise: true });
    await app.send('PUT', `/lists/purchase/${reservationId}/email/${GIVER.email}`, { body: reserveBody() });
    await reserve(app, key, 'second@example.org');
    for (const [method, path, headers] of [
      ...everywhere(key.listId),
      ['GET', `/lists/${key.listId}`, {}] as const,
      ['GET', '/lists', {}] as const,
      ['GET', '/my/lists', {}] as const,
      ['GET', '/me/export', {}] as const,
      ['GET', `/lists/${key.listId}/pledges`, {}] as const,
    ]) {
      const answer = await app.send(method, path, { as: ANA, headers });
      noTrace(answer, `${path} to the owner`);
      const text = JSON.stringify(answer.body);
      assert.ok(!/"(reserved|purchased)":[1-9]/.test(text), `${path} counts`);
      assert.ok(!text.includes('second@'), path);
      assert.ok(!text.includes('All taken') && !text.includes('1 of 3'), `${path} shows what is left`);
    }
    // What the owner does is answered as if nothing were claimed.
    const owner = (method: string, path: string, body?: unknown) => app.send(method, path, { as: ANA, body });
    const path = `/lists/${key.listId}/product/${key.productId}`;
    assert.deepEqual((await owner('PUT', path, { quantity: 1 })).body, { quantity: 1 });
    const view = await owner('GET', `/lists/${key.listId}`);
    assert.equal(view.body.products[key.productId].quantity, 1);
    const visitor = await app.send('GET', `/lists/${key.listId}/shared`);
    assert.equal(visitor.body.products[key.productId].quantity, 3);
    for (const quantity of [1, 500]) {
      const own = await reserve(app, key, ANA.email, { as: ANA, quantity });
      assert.equal(own.body.code, 'own_surprise', 'the same whatever is left');
    }
    const thanks = await owner('POST', `/lists/${key.listId}/reservations/${reservationId}/thanks`, {
      message: 'x',
    });
    const unknown = await owner('POST', `/lists/${key.listId}/reservations/none/thanks`, { message: 'x' });
    assert.deepEqual(thanks.body, unknown.body);
    assert.deepEqual((await owner('DELETE', path)).body, { message: true });
    const letters = await app.letters();
    const toOwner = letters.filter(({ to, text }) => to[0] === ANA.email && text.includes('Zebedee'));
    assert.deepEqual(
      toOwner.filter(({ text }) => text.includes(key.listId)),
      [],
    );
    const toGiver = letters.filter(({ to }) => to[0] === 'second@example.org');
    assert.ok(toGiver.some(({ subject }) => subject.startsWith('A gift you reserved is no longer wanted')));
    assert.deepEqual((await owner('DELETE', `/lists/${key.listId}`)).body.count, 1);
  });

  it('does not count reservations to the owner who deletes a surprise list', async () => {
    await prepare({ surprise: true });
    const { body } = await app.send('DELETE', `/lists/${key.listId}`, { as: ANA });
    assert.deepEqual(body, { deleted: true, listId: key.listId, count: 2 });
  });

  it('tells the owner after the reveal, in one letter', async () => {
    await prepare({ surprise: true, revealAt: '2089-01-01T00:00:00Z' });
    const later = new Date('2089-01-02T00:00:00Z');
    const before = app.clock.now;
    app.clock.now = later;
    try {
      // The sessions of today have ended by then; an API client's user has not.
      await app.test.app.stores[0].jobs.enqueue(null, taskNamed(app, 'lists.remind'), [
        { payload: {} },
        { payload: {} },
      ]);
      const letters = await app.letters();
      const summaries = letters.filter(({ subject }) => subject.startsWith('Who gave what'));
      assert.equal(summaries.length, 1);
      assert.deepEqual(summaries[0]?.to, [ANA.email]);
      assert.ok(summaries[0]?.text.includes(`${GIVER.name}: 2 x`));
    } finally {
      app.clock.now = before;
    }
  });

  it('keeps co-owners blind unless the owner says otherwise', async () => {
    await prepare({ surprise: false });
    const path = `/lists/${key.listId}/co-owners`;
    await app.send('POST', path, { as: ANA, body: { email: BO.email } });
    for (const url of [`/lists/${key.listId}`, `/lists/${key.listId}/shared`, `/lists/${key.listId}/view`]) {
      const answer = await app.send('GET', url, { as: BO });
      assert.equal(answer.status, 200);
      noTrace(answer, `${url} to the co-owner`);
      assert.ok(!/"(reserved|purchased)":[1-9]/.test(JSON.stringify(answer.body)), url);
    }
    const edited = await app.send('PUT', `/lists/${key.listId}/product/${key.productId}`, {
      as: BO,
      body: { quantity: 1 },
    });
    assert.deepEqual(edited.body, { quantity: 1 });
    const surprise = await app.send('PATCH', `/lists/${key.listId}`, { as: BO, body: { surprise: false } });
    assert.equal(surprise.status, 403);
    await app.send('POST', path, { as: ANA, body: { email: BO.email, seesClaims: true } });
    const seen = await app.send('GET', `/lists/${key.listId}`, { as: BO });
    assert.equal(seen.body.reserved[0].name, GIVER.name);
    assert.equal((await app.send('DELETE', `${path}/${BO.email}`, { as: BO })).status, 200);
    assert.equal((await app.send('GET', `/lists/${key.listId}`, { as: BO })).status, 403);
  });

  it('puts no person into the register of events, and no name into a log', async () => {
    await prepare({ surprise: true });
    await app.letters();
    const { rows } = await app.test.database.db.pool.query(
      "select count(*)::int as found from platform.events where module = 'lists' and (subjects::text || properties::text || name) ~* 'zebedee|quill|example.org'",
    );
    assert.deepEqual(rows, [{ found: 0 }]);
    const jobs = await app.test.database.db.pool.query(
      "select count(*)::int as found from pgboss.job where name like 'lists.%' and data::text ~* 'zebedee|example.org'",
    );
    assert.deepEqual(jobs.rows, [{ found: 0 }]);
    const path = `/lists/${key.listId}/reserve/${key.productId}/email/${GIVER.email}`;
    await app.send('POST', path, { body: reserveBody(2, GIVER.name), as: BO });
    const lines = app.logs.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
    assert.deepEqual(
      app.logs.filter((line) => /zebedee|quill|example\.org/i.test(line)),
      [],
    );
    const { status, outcome, code, caller, userId, listId, route, durationMs } = lines.at(-1);
    assert.equal(typeof durationMs, 'number');
    assert.deepEqual(
      { status, outcome, code, caller, userId, listId, route },
      {
        status: 409,
        outcome: 'domain_error',
        code: 'not_enough_left',
        caller: 'session',
        userId: BO.id,
        listId: key.listId,
        route: '/lists/:id/reserve/:productid/email/:email',
      },
    );
  });

  it('shows everything to an administrator, and to everybody in compat', async () => {
    await prepare({ surprise: false });
    const admin = await app.send('GET', `/lists/${key.listId}/shared`, { as: ADMIN });
    assert.equal(admin.body.reserved[key.productId][GIVER.email][0].name, GIVER.name);
    await app.apply({ settings: { profile: 'compat' } });
    const anybody = await app.send('GET', `/lists/${key.listId}/shared`);
    assert.equal(anybody.body.reserved[key.productId][GIVER.email][0].reservationId, reservationId);
    await app.apply({ settings: { profile: 'standard' } });
  });

  it('shows no gift of a closed list to visitors, and only title, occasion and picture to link previews', async () => {
    await prepare({ surprise: false });
    const page = await app.send('GET', `/lists/${key.listId}`, {
      headers: { accept: '*/*', 'user-agent': 'WhatsApp/2.2' },
    });
    assert.equal(page.status, 200);
    assert.match(page.body, /og:title" content="Ida turns one"/);
    const [, head = ''] = /<head>([\s\S]*)<\/head>/.exec(page.body) ?? [];
    assert.ok(!head.includes('Brand') && !head.includes('Wooden train') && !head.includes('Ana'));
    await app.send('POST', `/lists/${key.listId}/close`, { as: ANA });
    const closed = await app.send('GET', `/lists/${key.listId}`, { headers: BROWSER });
    assert.ok(!closed.body.includes('Wooden train'));
    const view = await app.send('GET', `/lists/${key.listId}/view`);
    assert.deepEqual(view.body.gifts, []);
  });
});

function taskNamed(app: ListsApp, name: string) {
  const task = app.test.app.modules.flatMap(({ module }) => module.tasks).find((one) => one.name === name);
  assert.ok(task);
  return task;
}
