import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  ADMIN,
  ANA,
  BO,
  type ListsApp,
  makeList,
  openLists,
  reserve,
  reserveBody,
} from '../testing/lists-app.ts';

describe('administration', () => {
  let app: ListsApp;
  before(async () => {
    app = await openLists({ profile: 'compat' });
  });
  after(() => app.close());

  const P = {
    brand: 'Acme',
    details: 'A better train',
    retailer: 'acme.example',
    imageUrl: '//i.example/x.jpg',
    productUrl: 'https://acme.example/train',
    price: '12.00',
  };
  const noted = async () => {
    const listId = await makeList(app);
    const { body } = await app.send('POST', `/lists/${listId}/products`, {
      as: ANA,
      body: { brand: 'b', details: 'd', url: 'https://acme.example/x', quantity: 3, notes: 'n' },
    });
    return { listId, productId: body.productId as string };
  };

  it('is for administrators', async () => {
    for (const as of [ANA, BO]) {
      const answer = await app.send('GET', '/tools/notfound/count', { as });
      assert.equal(answer.status, 500);
      assert.match(answer.body.error, /not authorized/);
    }
    assert.equal((await app.send('GET', '/tools/notfound')).status, 403);
    const refused = await app.send('POST', '/products', { as: BO, body: P });
    assert.match(refused.body.error, /editor role/);
  });

  it('replaces a not-found product on its list and in every reservation, keeping their links', async () => {
    const key = await noted();
    const ids = [];
    for (const person of ['one', 'two', 'three']) {
      ids.push((await reserve(app, key, `${person}@example.org`)).body.reservation_id);
    }
    await app.send('DELETE', `/lists/reserve/${ids[0]}/email/one%40example.org`);
    await app.send('PUT', `/lists/purchase/${ids[1]}/email/two%40example.org`, { body: reserveBody() });
    const item = await app.send('GET', `/tools/notfound/${key.productId}`, { as: ADMIN });
    assert.deepEqual(
      [item.body.createdBy, item.body.creatorsName, item.body.listId, item.body.listTitle],
      [ANA.id, 'Ana', key.listId, 'Ida turns one'],
    );
    const { body, status } = await app.send('POST', `/tools/notfound/${key.productId}`, {
      as: ADMIN,
      body: P,
    });
    assert.equal(status, 200, JSON.stringify(body));
    const productId = body['products-product-created_succeeded'].productId.S;
    const list = await app.send('GET', `/lists/${key.listId}`, { as: ANA });
    assert.deepEqual(list.body.products, {
      [productId]: { productId, quantity: 3, reserved: 1, purchased: 1, type: 'products', notes: 'n' },
    });
    for (const [index, state] of ['cancelled', 'purchased', 'reserved'].entries()) {
      const reservation = await app.send('GET', `/lists/reservation/${ids[index]}`);
      assert.deepEqual(
        [reservation.body.productId, reservation.body.productType, reservation.body.state],
        [productId, 'products', state],
      );
    }
    assert.equal((await app.send('GET', `/notfound/${key.productId}`)).status, 500);
    const late = await reserve(app, key, 'late@example.org');
    assert.deepEqual(late.body, { error: 'No product item exists with this ID.' });
    const again = await app.send('POST', `/tools/products/${key.productId}`, { as: ADMIN, body: P });
    assert.deepEqual(again.body, { error: `No product returned for the id ${key.productId}.` });
  });

  it('lets a reservation and a replacement come one after the other', async () => {
    for (let round = 0; round < 5; round += 1) {
      const key = await noted();
      const [reserved, replaced] = await Promise.all([
        reserve(app, key, 'race@example.org'),
        app.send('POST', `/tools/notfound/${key.productId}`, { as: ADMIN, body: P }),
      ]);
      assert.equal(replaced.status, 200);
      const shared = await app.send('GET', `/lists/${key.listId}/shared`);
      const [gift] = Object.values<{ reserved: number }>(shared.body.products);
      assert.equal(gift?.reserved, reserved.status === 200 ? 1 : 0);
    }
  });

  it('refuses to replace what stands on no list, and names missing attributes', async () => {
    const { body } = await app.send('POST', '/notfound', {
      as: ANA,
      body: { brand: 'b', details: 'd', url: 'u' },
    });
    const replace = (facts?: object) =>
      app.send('POST', `/tools/notfound/${body.productId}`, { as: ADMIN, ...(facts ? { body: facts } : {}) });
    assert.deepEqual((await replace(P)).body, {
      error: `No lists for product ${body.productId} were returned.`,
    });
    assert.deepEqual((await replace()).body, { error: 'API Event body did not exist.' });
    assert.deepEqual((await replace({ brand: 'b' })).body, {
      error: 'API Event body did not contain the details.',
    });
    const { rows } = await app.test.database.db.pool.query(
      "select count(*)::int as n from lists.products where details = 'A better train' and not exists (select 1 from lists.gifts g where g.product_id = products.id)",
    );
    assert.equal(rows[0].n, 0, 'a refused replacement leaves no product');
  });

  it('writes catalogue products for its own environment', async () => {
    const flags = { test: true, staging: false, prod: false };
    const { body } = await app.send('POST', '/tools/products', { as: ADMIN, body: { ...P, ...flags } });
    assert.deepEqual(body, { productId: body.productId, test: `Success:${body.productId}` });
    const put = await app.send('PUT', `/tools/products/${body.productId}`, {
      as: ADMIN,
      body: { ...P, price: '13.00', ...flags },
    });
    assert.deepEqual(put.body, { test: `Updated: ${body.productId}` });
    const read = await app.send('GET', `/tools/products/${body.productId}`, { as: ADMIN });
    assert.equal(read.body.price, '13.00');
    assert.match(read.body.priceCheckedDate, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    const partial = await app.send('POST', '/tools/products', {
      as: ADMIN,
      body: { ...P, ...flags, prod: true },
    });
    assert.equal(partial.status, 500);
    assert.equal(partial.body.error, 'There was an error when updating one or more environments.');
    assert.match(partial.body.prod, /^Failed:/);
    const missing = await app.send('POST', '/tools/products', { as: ADMIN, body: P });
    assert.deepEqual(missing.body, { error: 'API Event body did not contain the test attribute.' });
  });

  it('keeps a withdrawn product readable while a list shows it', async () => {
    const listId = await makeList(app);
    const { body } = await app.send('POST', '/products', { as: ANA, body: P });
    await app.send('POST', `/lists/${listId}/product/${body.productId}`, {
      as: ANA,
      body: { quantity: 1, productType: 'products' },
    });
    assert.deepEqual((await app.send('DELETE', `/products/${body.productId}`, { as: ANA })).body, {
      deleted: true,
    });
    assert.equal((await app.send('GET', `/products/${body.productId}`)).status, 200);
    assert.deepEqual((await app.send('DELETE', '/products/unknown', { as: ANA })).body, { deleted: true });
  });

  it('backs up everything, encrypted, and brings it back into an empty database', async () => {
    const key = await noted();
    const { body: reserved } = await reserve(app, key, 'backup@example.org');
    const made = await app.send('POST', '/tools/backups', { as: ADMIN });
    const [{ name }] = made.body.files;
    assert.equal(made.body.reservations, true);
    const listed = await app.send('GET', '/tools/backups', { as: ADMIN });
    assert.equal(listed.body.backups[0].name, name);
    const command = app.test.app.modules[0]?.module.commands?.find((one) => one.name === 'restore-backup');
    await assert.rejects(async () => command?.run({ name }, () => undefined), /accounts here already/);
    await app.test.database.db.pool.query(
      'truncate lists.users, lists.products, lists.not_found_products, lists.settings, lists.api_clients, lists.mail_outbox, lists.contact_messages, lists.archived_reservations cascade',
    );
    await command?.run({ name }, () => undefined);
    const again = await app.send('GET', `/lists/reservation/${reserved.reservation_id}`);
    assert.equal(again.body.email, 'backup@example.org');
    const { rows } = await app.test.database.db.pool.query(
      "select count(*)::int as waiting from lists.mail_outbox where state = 'waiting'",
    );
    assert.equal(rows[0].waiting, 0, 'letters of before the restore are held');
  });
});
