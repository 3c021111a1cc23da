import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ImportReport } from '../importing/import-original.ts';
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

  describe('brings data in and out by command', () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'lists-import-'));
    });
    after(() => rmSync(folder, { recursive: true }));
    const command = async (name: string, values: Record<string, string>) => {
      const [running] = app.test.app.modules;
      return running?.module.commands?.find((one) => one.name === name)?.run(values, () => undefined);
    };
    const write = (name: string, content: object | string): string => {
      const file = join(folder, name);
      const lines = Array.isArray(content) ? content.map((item) => JSON.stringify(item)).join('\n') : content;
      writeFileSync(file, typeof lines === 'string' ? lines : JSON.stringify(lines));
      return file;
    };

    it('the tables of the original, with every id, and what cannot be kept whole to be read', async () => {
      const [user, list] = ['u'.repeat(36), 'l'.repeat(36)];
      const product = 'q'.repeat(36);
      const item = (pk: string, sk: string, fields: object = {}) => ({
        Item: Object.fromEntries(
          Object.entries({ PK: pk, SK: sk, ...fields }).map(([name, value]) => [
            name,
            typeof value === 'number' ? { N: String(value) } : { S: value },
          ]),
        ),
      });
      const [L, reservation] = [
        `LIST#${list}`,
        { reservationId: 'x', quantity: 2, email: 'Guest@Example.org' },
      ];
      const lists = write('lists.jsonl', [
        item(`USER#${user}`, `USER#${user}`, { email: 'Old.Owner@example.org', userId: user }),
        item(L, `USER#${user}`, {
          title: 'Old list',
          state: 'open',
          eventDate: '03 May 2027',
          createdAt: 1570000000,
        }),
        item(L, `PRODUCT#${product}`, { quantity: 1, reserved: 3, type: 'products' }),
        item(L, `RESERVATION#${product}#guest@example.org#res-1`, reservation),
        item(L, `RESERVATION#${product}#${user}#res-2`, {
          ...reservation,
          state: 'purchased',
          name: 'Owner',
        }),
        item(L, `RESERVATION#gone#guest@example.org#res-3`, { ...reservation, state: 'cancelled' }),
        item(L, `SHARED#${user}`),
      ]);
      const products = write('products.jsonl', [
        {
          productId: product,
          brand: 'Old',
          details: 'D',
          productUrl: 'https://s.example/o',
          imageUrl: '//i/x',
        },
      ]);
      const bad = write('bad.jsonl', [item('OTHER#1', 'X'), item(L, 'USER#nobody')]);
      await assert.rejects(
        command('import-original', { lists: bad }),
        /line 1 has the keys[\s\S]*user nobody is missing/,
      );
      const report = (await command('import-original', { lists, products })) as ImportReport;
      assert.deepEqual(
        [report.users, report.lists, report.gifts, report.reservations, report.archived, report.shares],
        [1, 1, 1, 2, 1, 1],
      );
      assert.deepEqual(
        report.violations.map(({ list_id: id }) => id),
        [list],
      );
      const shared = (await app.send('GET', `/lists/${list}/shared`)).body;
      assert.equal(shared.list.eventDate, '03 May 2027');
      assert.deepEqual(shared.products[product], {
        productId: product,
        quantity: 1,
        reserved: 3,
        purchased: 0,
        type: 'products',
      });
      const wire = async (id: string) => (await app.send('GET', `/lists/reservation/${id}`)).body;
      assert.deepEqual(
        [(await wire('res-1')).userId, (await wire('res-1')).listOwnerId, (await wire('res-1')).email],
        ['guest@example.org', user, 'guest@example.org'],
      );
      assert.deepEqual([(await wire('res-2')).userId, (await wire('res-2')).state], [user, 'purchased']);
      assert.deepEqual(
        [(await wire('res-3')).state, (await wire('res-3')).listTitle],
        ['cancelled', 'Old list'],
      );
      await assert.rejects(command('import-original', { lists }), /an account with the e-mail address/);
    });

    it('catalogue products from CSV, where empty cells leave what is there', async () => {
      const heading = 'productId,retailer,brand,details,productUrl,imageUrl,price,priceCheckedDate,createdAt';
      const first = write(
        'p1.csv',
        `${heading}\ncsv-1,R,B,"D, long",https://s.example/c,//i/x,9.99,,\ncsv-2,R,,,,,,,\n`,
      );
      assert.deepEqual(await command('import-products', { file: first }), {
        created: 1,
        updated: 0,
        refused: [{ line: 3, problem: 'has no brand, details, productUrl, imageUrl' }],
      });
      const second = write('p2.csv', `${heading}\ncsv-1,,Better,,,,,2020-11-01 10:00:00,\n`);
      assert.deepEqual(await command('import-products', { file: second }), {
        created: 0,
        updated: 1,
        refused: [],
      });
      const { body } = await app.send('GET', '/products/csv-1');
      assert.deepEqual([body.brand, body.details, body.price], ['Better', 'D, long', '9.99']);
    });

    it('a list in three files, and in again as the list of somebody else with nobody to be recognised', async () => {
      const { listId, productId } = await noted();
      await reserve(app, { listId, productId }, 'private@example.org');
      await command('export', { list: listId, out: folder });
      for (const file of ['list.json', 'products.json', 'notfound.json'])
        assert.ok(existsSync(join(folder, file)));
      const made = (await command('import', { from: folder, owner: BO.email })) as { listId: string };
      const copy = (await app.send('GET', `/lists/${made.listId}`, { as: BO })).body;
      const [gift] = Object.values<{ productId: string; reserved: number; type: string }>(copy.products);
      assert.notEqual(gift?.productId, productId);
      assert.deepEqual([gift?.reserved, gift?.type, copy.reserved.length], [1, 'notfound', 1]);
      assert.equal(copy.reserved[0].email, 'guest-1@example.org');
      assert.equal((await app.send('GET', `/notfound/${gift?.productId}`)).body.brand, 'b');
      assert.doesNotMatch(JSON.stringify(copy), /private/);
    });

    it('what end-to-end tests start from, and takes it away again', async () => {
      const file = write('seed.json', {
        user: { name: 'Seed', email: 'Seed@Example.org', password: 'Passw0rd!' },
        list: { title: 'Seeded', eventDate: '03 May 2027' },
        products: [
          { type: 'products', brand: 'B', details: 'D', quantity: 3, reserved: 2 },
          { type: 'notfound', brand: 'N', details: 'D', onList: false },
        ],
        reservations: [{ product: 0, name: 'G', email: 'g@example.org', quantity: 2 }],
      });
      const made = (await command('seed', { file })) as {
        user_id: string;
        list_id: string;
        product_ids: string[];
        reservation_ids: string[];
      };
      const as = { email: 'seed@example.org' };
      const list = (await app.send('GET', `/lists/${made.list_id}`, { as })).body;
      assert.deepEqual(Object.keys(list.products), [made.product_ids[0]]);
      assert.equal(list.reserved[0].reservationId, made.reservation_ids[0]);
      const released = `/lists/reserve/${made.reservation_ids[0]}/email/g%40example.org`;
      assert.equal((await app.send('DELETE', released)).status, 200);
      await assert.rejects(command('seed', { file }), /There is a user/);
      const gone = write('gone.json', {
        user_email: as.email,
        list_id: made.list_id,
        product_ids: made.product_ids,
      });
      assert.deepEqual(await command('unseed', { file: gone }), { removed: 4 });
      assert.deepEqual(await command('unseed', { file: gone }), { removed: 0 });
      await assert.rejects(command('seed', { file: write('no.json', { list: {} }) }), /user/);
    });
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
