import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  ANA,
  addGift,
  type ListsApp,
  makeList,
  openLists,
  reserve,
  reserveBody,
} from '../testing/lists-app.ts';

describe('reservations under contention', () => {
  let app: ListsApp;
  before(async () => {
    app = await openLists({ profile: 'compat' });
  });
  after(() => app.close());

  const invariant = async (key: { listId: string; productId: string }) => {
    const { rows } = await app.test.database.db.pool.query(
      `select g.quantity, g.reserved, g.purchased,
         coalesce(sum(r.quantity) filter (where r.state = 'reserved'), 0)::int as in_rows,
         coalesce(sum(r.quantity) filter (where r.state = 'purchased'), 0)::int as bought
       from lists.gifts g left join lists.reservations r using (list_id, product_id)
       where g.list_id = $1 and g.product_id = $2 group by 1, 2, 3`,
      [key.listId, key.productId],
    );
    const [row] = rows;
    assert.equal(row.reserved, row.in_rows);
    assert.equal(row.purchased, row.bought);
    assert.ok(row.reserved + row.purchased <= row.quantity);
    return row;
  };
  const gift = async (quantity: number) => {
    const listId = await makeList(app);
    return { listId, productId: await addGift(app, listId, quantity) };
  };

  for (const units of [1, 7]) {
    it(`grants ${units} of 300 parallel reservations of ${units} units`, async () => {
      const key = await gift(units);
      const answers = await Promise.all(
        Array.from({ length: 300 }, (_, index) => reserve(app, key, `p${index}@example.org`)),
      );
      assert.equal(answers.filter(({ status }) => status === 200).length, units);
      const texts = new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body.error));
      for (const text of texts) assert.match(text, /could not be updated by 1 as exceeds required quantity/);
      assert.equal((await invariant(key)).reserved, units);
    });
  }

  it('grants one of many double clicks, and sends one letter', async () => {
    const key = await gift(5);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => reserve(app, key, 'twice@example.org')),
    );
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    const letters = await app.letters();
    assert.equal(letters.filter(({ to }) => to[0] === 'twice@example.org').length, 1);
  });

  it('lets one of purchase and release win', async () => {
    for (let round = 0; round < 5; round += 1) {
      const key = await gift(1);
      const id = (await reserve(app, key, 'cy@example.org')).body.reservation_id;
      const [bought, released] = await Promise.all([
        app.send('PUT', `/lists/purchase/${id}/email/cy%40example.org`, { body: reserveBody() }),
        app.send('DELETE', `/lists/reserve/${id}/email/cy%40example.org`),
      ]);
      assert.deepEqual([bought.status, released.status].sort(), [200, 500]);
      await invariant(key);
    }
  });

  it('serialises everything that can happen to a gift at once', async () => {
    const key = await gift(6);
    const path = `/lists/${key.listId}/product/${key.productId}`;
    const ids = (await Promise.all([1, 2, 3].map((n) => reserve(app, key, `start${n}@example.org`)))).map(
      ({ body }) => body.reservation_id,
    );
    const work = Array.from({ length: 60 }, (_, index) => {
      const id = ids[index % 3];
      const email = `start${(index % 3) + 1}%40example.org`;
      switch (index % 6) {
        case 0:
          return reserve(app, key, `r${index}@example.org`, { quantity: 1 + (index % 3) });
        case 1:
          return app.send('PUT', `/lists/reserve/${id}/email/${email}`, {
            body: { quantity: 1 + (index % 4), name: 'x' },
          });
        case 2:
          return app.send('PUT', path, { as: ANA, body: { quantity: 1 + (index % 8) } });
        case 3:
          return index === 33
            ? app.send('DELETE', `/lists/reserve/${id}/email/${email}`)
            : app.send('GET', `/lists/${key.listId}/shared`);
        case 4:
          return app.send('POST', `/lists/${key.listId}/${index === 28 ? 'close' : 'reopen'}`, { as: ANA });
        default:
          return index === 47
            ? app.send('PUT', `/lists/purchase/${id}/email/${email}`, { body: reserveBody() })
            : app.send('DELETE', path, { as: ANA });
      }
    });
    const answers = await Promise.all(work);
    for (const { status } of answers) assert.ok([200, 409, 500].includes(status));
    const texts = answers.flatMap(({ body }) => (typeof body.message === 'string' ? [body.message] : []));
    assert.deepEqual(texts, [], 'no crash');
    await invariant(key);
  });

  it('lets reservation and deletion of a list or gift come one after the other', async () => {
    for (let round = 0; round < 5; round += 1) {
      const key = await gift(1);
      const target =
        round % 2 === 0 ? `/lists/${key.listId}` : `/lists/${key.listId}/product/${key.productId}`;
      const [reserved, deleted] = await Promise.all([
        reserve(app, key, 'cy@example.org'),
        app.send('DELETE', target, { as: ANA }),
      ]);
      const refused = reserved.body.error ?? deleted.body.error;
      if (reserved.status === 500) assert.equal(refused, 'No product item exists with this ID.');
      else if (round % 2 === 1) assert.equal(deleted.body.error, 'Product could not be deleted.');
    }
  });
});
