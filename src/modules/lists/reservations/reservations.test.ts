import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  ANA,
  addGift,
  BO,
  type ListsApp,
  makeList,
  openLists,
  reserve,
  reserveBody,
} from '../testing/lists-app.ts';

describe('reservations', () => {
  let app: ListsApp;
  before(async () => {
    app = await openLists({ profile: 'compat' });
  });
  after(() => app.close());

  const gift = async (quantity: number) => {
    const listId = await makeList(app);
    return { listId, productId: await addGift(app, listId, quantity) };
  };
  const counters = async ({ listId, productId }: { listId: string; productId: string }) => {
    const { body } = await app.send('GET', `/lists/${listId}/shared`);
    const { quantity, reserved, purchased } = body.products[productId];
    return { quantity, reserved, purchased };
  };
  const error = (answer: { status: number; body: unknown }) => {
    assert.equal(answer.status, 500);
    return (answer.body as { error: string }).error;
  };

  it('goes from reserve over update and purchase to the end, counting each step', async () => {
    const key = await gift(3);
    const { body } = await reserve(app, key, 'Cy@Example.org', { quantity: 2 });
    const id = body.reservation_id;
    assert.match(id, /^[0-9a-f-]{36}$/);
    const read = await app.send('GET', `/lists/reservation/${id}`);
    assert.deepEqual(read.body, {
      reservationId: id,
      productId: key.productId,
      userId: 'cy@example.org',
      listId: key.listId,
      listOwnerId: ANA.id,
      name: 'Cy',
      email: 'cy@example.org',
      quantity: 2,
      state: 'reserved',
      listTitle: 'Ida turns one',
      productType: 'products',
    });
    const update = (quantity: unknown) =>
      app.send('PUT', `/lists/reserve/${id}/email/cy%40example.org`, { body: { quantity, name: 'Cy' } });
    assert.deepEqual((await update(3)).body, { updated: true });
    assert.deepEqual(await counters(key), { quantity: 3, reserved: 3, purchased: 0 });
    assert.equal(error(await update(3)), 'There was no difference in update request to reserved item.');
    assert.equal(error(await update(0)), 'Reserved quantity cannot be reduced to 0.');
    assert.equal(
      error(await update(9)),
      'Reserved quantity for product (3) could not be updated by 6 as exceeds required quantity (3).',
    );
    const buy = () =>
      app.send('PUT', `/lists/purchase/${id}/email/cy%40example.org`, { body: reserveBody() });
    assert.deepEqual((await buy()).body, { purchased: true });
    assert.deepEqual(await counters(key), { quantity: 3, reserved: 0, purchased: 3 });
    assert.equal(error(await buy()), 'Product was not reserved. State = purchased.');
    assert.equal(error(await update(2)), 'Product was not reserved. State = purchased.');
  });

  it('releases units, keeps the row, and answers a second release with its state', async () => {
    const key = await gift(2);
    const id = (await reserve(app, key, 'cy@example.org')).body.reservation_id;
    const release = () => app.send('DELETE', `/lists/reserve/${id}/email/cy%40example.org`);
    assert.deepEqual((await release()).body, { unreserved: true });
    assert.deepEqual(await counters(key), { quantity: 2, reserved: 0, purchased: 0 });
    assert.equal(error(await release()), 'Product was not reserved. State = cancelled.');
    assert.equal((await app.send('GET', `/lists/reservation/${id}`)).body.state, 'cancelled');
    assert.equal((await reserve(app, key, 'cy@example.org')).status, 200);
  });

  it('names what is wrong with a reservation, in the order of the original', async () => {
    const key = await gift(1);
    const path = `/lists/${key.listId}/reserve/${key.productId}/email/cy%40example.org`;
    const post = async (body: unknown, url = path) => error(await app.send('POST', url, { body }));
    assert.equal(await post(undefined), 'Body was missing required attributes.');
    assert.equal(await post({}), 'API Event did not contain a title body attribute.');
    assert.equal(await post({ title: 't' }), 'API Event did not contain a product body attribute.');
    assert.equal(
      await post({ title: 't', product: {} }),
      'API Event did not contain a quantity body attribute.',
    );
    const noName = { ...reserveBody(), name: undefined };
    assert.equal(await post(noName), 'API Event did not contain a name body attribute.');
    assert.equal(
      await post(reserveBody(), path.replace(key.productId, 'none')),
      'No product item exists with this ID.',
    );
    assert.equal(await post(reserveBody(0)), 'Reserved quantity for product (0) could not be updated by 0.');
    assert.equal(
      await post(reserveBody(-2)),
      'Reserved quantity for product (0) could not be updated by -2.',
    );
    assert.equal(
      await post(reserveBody(2)),
      'Reserved quantity for product (0) could not be updated by 2 as exceeds required quantity (1).',
    );
    assert.equal(await post({ ...reserveBody(), product: {} }), "'type'");
    assert.equal(
      await post(reserveBody(), '/lists/null/reserve/x/email/y'),
      'Path contained a null id parameter.',
    );
    assert.equal((await app.send('POST', path, { body: reserveBody('1') })).status, 200);
    assert.equal(await post(reserveBody()), 'Product already reserved by user.');
  });

  it('holds a reservation for an account by its id, whoever asks, and takes the account from the address', async () => {
    const key = await gift(2);
    const { body } = await reserve(app, key, BO.email, { body: { ...reserveBody(), name: undefined } });
    const read = await app.send('GET', `/lists/reservation/${body.reservation_id}`);
    assert.deepEqual([read.body.userId, read.body.name, read.body.email], [BO.id, 'Bo', BO.email]);
    assert.equal(error(await reserve(app, key, BO.email)), 'Product already reserved by user.');
    const letters = await app.letters();
    const letter = letters.findLast(({ to }) => to[0] === BO.email);
    assert.match(letter?.text ?? '', /somebody who was not signed in/);
    const id = body.reservation_id;
    const bought = await app.send('PUT', `/lists/purchase/${id}/email/${BO.id}`, { body: reserveBody() });
    assert.deepEqual(bought.body, { purchased: true });
  });

  it('does nothing for somebody else', async () => {
    const key = await gift(2);
    const id = (await reserve(app, key, 'cy@example.org')).body.reservation_id;
    const other = await app.send('DELETE', `/lists/reserve/${id}/email/eve%40example.org`);
    assert.equal(error(other), 'Requestor is not reservation owner.');
    const buy = await app.send('PUT', `/lists/purchase/${id}/email/eve%40example.org`, {
      body: reserveBody(),
    });
    assert.equal(error(buy), 'Requestor is not reservation owner.');
    assert.equal(error(await app.send('GET', '/lists/reservation/none')), 'Reservation ID does not exist.');
    assert.deepEqual(await counters(key), { quantity: 2, reserved: 1, purchased: 0 });
  });

  it('sends three letters for a reservation that is bought, with the facts of our own records', async () => {
    const key = await gift(1);
    const forged = {
      ...reserveBody(),
      title: 'Forged',
      product: { type: 'products', brand: '<b>Evil</b>', productUrl: 'https://evil.example' },
    };
    const id = (await reserve(app, key, 'letters@example.org', { body: forged })).body.reservation_id;
    await app.send('PUT', `/lists/purchase/${id}/email/letters%40example.org`, { body: reserveBody() });
    const letters = await app.letters();
    const subjects = letters
      .filter(({ to }) => to[0] === 'letters@example.org')
      .map(({ subject }) => subject);
    assert.deepEqual(subjects, [
      'Confirmation of your reserved gift. (dev)',
      'Purchase confirmation of your reserved gift. (dev)',
    ]);
    const [confirmation] = letters.filter(({ to }) => to[0] === 'letters@example.org');
    assert.ok(confirmation?.text.includes(`/reserve/${id}`));
    assert.ok(confirmation?.html.includes('https://img.example/train.jpg'));
    assert.ok(!JSON.stringify(letters).includes('Evil') && !JSON.stringify(letters).includes('Forged'));
    const toOwner = letters.findLast(({ to }) => to[0] === ANA.email);
    assert.equal(toOwner?.subject, 'A Gift was Reserved on Ida turns one! (dev)');
    assert.ok(toOwner?.text.includes(`/edit/${key.listId}?tab=2`));
  });

  it('writes to people in the language they reserved in', async () => {
    const key = await gift(1);
    const headers = { 'accept-language': 'fr-FR,fr;q=0.9' };
    const id = (await reserve(app, key, 'fr@example.org', { headers })).body.reservation_id;
    await app.send('PUT', `/lists/purchase/${id}/email/fr%40example.org`, { body: reserveBody() });
    const letters = await app.letters();
    const own = letters.filter(({ to }) => to[0] === 'fr@example.org');
    assert.deepEqual(
      own.map(({ subject }) => subject),
      [
        'Confirmation de votre cadeau réservé. (dev)',
        'Confirmation de l’achat de votre cadeau réservé. (dev)',
      ],
    );
    assert.match(own[0]?.text ?? '', /Brand \d+\nWooden train/);
  });

  it('lets the owner correct a purchase, once, and nobody else', async () => {
    const key = await gift(2);
    const id = (await reserve(app, key, 'revert@example.org')).body.reservation_id;
    const revert = (as: { email: string }) =>
      app.send('POST', `/lists/${key.listId}/reservations/${id}/revert`, { as });
    assert.deepEqual(
      [(await revert(ANA)).status, (await revert(ANA)).body.error.code],
      [409, 'not_purchased'],
    );
    await app.send('PUT', `/lists/purchase/${id}/email/revert%40example.org`, { body: reserveBody() });
    assert.equal((await revert(BO)).status, 403);
    assert.deepEqual((await revert(ANA)).body, { state: 'reserved' });
    assert.deepEqual(await counters(key), { quantity: 2, reserved: 1, purchased: 0 });
    assert.equal((await revert(ANA)).status, 409);
    const { rows } = await app.test.database.db.pool.query(
      'select count(*)::int as n from platform.audit_log where action = $1 and target = $2',
      ['lists.purchase.reverted', `reservation:${id}`],
    );
    assert.equal(rows[0].n, 1);
  });

  it('gives the units of a deleted active reservation back', async () => {
    const key = await gift(2);
    const id = (await reserve(app, key, 'cy@example.org')).body.reservation_id;
    assert.deepEqual((await app.send('DELETE', `/lists/reservation/${id}`)).body, { deleted: true });
    assert.deepEqual(await counters(key), { quantity: 2, reserved: 0, purchased: 0 });
    await app.apply({ settings: { reservation_delete: 'authorised' } });
    const other = (await reserve(app, key, 'cy@example.org')).body.reservation_id;
    const refused = await app.send('DELETE', `/lists/reservation/${other}`);
    assert.equal(error(refused), 'Reservation item could not be deleted.');
    assert.equal((await app.send('DELETE', `/lists/reservation/${other}`, { as: ANA })).status, 200);
    await app.apply({ settings: { reservation_delete: 'open' } });
  });

  it('answers a repeated reservation with the first answer when it names the same key', async () => {
    const key = await gift(2);
    const headers = { 'idempotency-key': 'reserve-1' };
    const answers = await Promise.all([1, 2, 3].map(() => reserve(app, key, 'cy@example.org', { headers })));
    assert.equal(new Set(answers.map(({ body }) => body.reservation_id)).size, 1);
    assert.deepEqual(await counters(key), { quantity: 2, reserved: 1, purchased: 0 });
  });

  it('takes the last step back for a day, without an account', async () => {
    const key = await gift(1);
    const id = (await reserve(app, key, 'cy@example.org')).body.reservation_id;
    await app.send('DELETE', `/lists/reserve/${id}/email/cy%40example.org`);
    assert.deepEqual((await app.send('POST', `/reservations/${id}/undo`)).body, { state: 'reserved' });
    assert.deepEqual(await counters(key), { quantity: 1, reserved: 1, purchased: 0 });
    await app.send('PUT', `/lists/purchase/${id}/email/cy%40example.org`, { body: reserveBody() });
    assert.deepEqual((await app.send('POST', `/reservations/${id}/undo`)).body, { state: 'reserved' });
    await app.send('DELETE', `/lists/reserve/${id}/email/cy%40example.org`);
    await reserve(app, key, 'quick@example.org');
    const late = await app.send('POST', `/reservations/${id}/undo`);
    assert.equal(late.status, 409);
    assert.equal(late.body.error.code, 'not_enough_left');
  });
});
