import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ANA, addGift, BO, type ListsApp, makeList, openLists, reserve } from '../testing/lists-app.ts';

describe('lists and gifts, as the original answers', () => {
  let app: ListsApp;
  before(async () => {
    app = await openLists({ profile: 'compat' });
  });
  after(() => app.close());

  const fails = async (method: string, path: string, options: object, error: string) => {
    const answer = await app.send(method, path, { as: ANA, ...options });
    assert.deepEqual([answer.status, answer.body], [500, { error }]);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
  };

  it('creates a list and shows it among the open ones', async () => {
    const listId = await makeList(app, { eventDate: '03 May 2027' });
    const { body } = await app.send('GET', '/prod/lists/', { as: ANA });
    assert.deepEqual(body.user, { userId: ANA.id, email: ANA.email, name: 'Ana' });
    assert.deepEqual(
      body.owned.find((list: { listId: string }) => list.listId === listId),
      {
        listId,
        title: 'Ida turns one',
        description: '',
        occasion: 'Birthday',
        imageUrl: '/i.png',
        listOwner: ANA.id,
        state: 'open',
        eventDate: '03 May 2027',
      },
    );
  });

  it('names what is wrong with a new list, in the order of the original', async () => {
    await fails('POST', '/lists', { body: 'null' }, 'API Event Body was empty.');
    await fails('POST', '/lists', {}, 'API Event did not contain a valid body.');
    await fails('POST', '/lists', { body: '{"title"' }, 'API Event did not contain a valid body.');
    await fails('POST', '/lists', { body: {} }, "'title'");
    await fails('POST', '/lists', { body: { title: 't' } }, "'occasion'");
    await fails('POST', '/lists', { body: { title: 't', occasion: 'o' } }, "'description'");
    await fails('POST', '/lists', { body: { title: 't', occasion: 'o', description: '' } }, "'imageUrl'");
    const wrongType = { title: 7, occasion: 'o', description: '', imageUrl: '' };
    await fails('POST', '/lists', { body: wrongType }, 'List could not be created.');
  });

  it('takes a body whatever its content type says', async () => {
    const body = { title: 't', occasion: 'o', description: 'd', imageUrl: 'i' };
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json']) {
      const answer = await app.send('POST', '/lists', { as: ANA, body, headers: { 'content-type': type } });
      assert.equal(answer.status, 200, type);
    }
  });

  it('replaces the details when exactly the expected keys come, in any order', async () => {
    const listId = await makeList(app);
    const keys =
      "Event body did not contain the expected keys ['title', 'description', 'eventDate', 'occasion', 'imageUrl'].";
    await fails('PUT', `/lists/${listId}`, { body: { title: 't' } }, keys);
    const body = { imageUrl: 'i', occasion: 'o', eventDate: '', description: 'd', title: 't' };
    await fails('PUT', `/lists/${listId}`, { body: { ...body, more: 1 } }, keys);
    const answer = await app.send('PUT', `/lists/${listId}`, { as: ANA, body });
    assert.deepEqual(answer.body, [
      {
        PK: `LIST#${listId}`,
        SK: `USER#${ANA.id}`,
        updates: { title: 't', description: 'd', eventDate: 'None', occasion: 'o', imageUrl: 'i' },
      },
    ]);
  });

  it('checks the owner after path and body', async () => {
    const listId = await makeList(app);
    await fails('GET', '/lists/null', {}, 'Path contained a null id parameter.');
    await fails('GET', '/lists/none', {}, 'List none does not exist.');
    const notOwner = `User ${BO.id} was not owner of List ${listId}.`;
    await fails('GET', `/lists/${listId}`, { as: BO }, notOwner);
    await fails('DELETE', `/lists/${listId}`, { as: BO }, notOwner);
    await fails('POST', `/lists/${listId}/close`, { as: BO }, notOwner);
    await fails('PUT', `/lists/${listId}`, { as: BO, body: 'null' }, 'API Event Body was empty.');
    await fails(
      'POST',
      `/lists/${listId}/product/x`,
      { as: BO, body: { quantity: 1, productType: 'products' } },
      notOwner,
    );
  });

  it('adds, changes and removes gifts with the texts clients match', async () => {
    const listId = await makeList(app);
    const productId = await addGift(app, listId, 2);
    const path = `/lists/${listId}/product/${productId}`;
    await fails('POST', path, {}, 'Body was missing required attributes.');
    await fails('POST', path, { body: {} }, 'API Event did not contain a quantity body attribute.');
    await fails(
      'POST',
      path,
      { body: { quantity: 1 } },
      'API Event did not contain the product type in the body.',
    );
    const wrongType = { quantity: 1, productType: 'x' };
    await fails(
      'POST',
      path,
      { body: wrongType },
      'API Event did not contain a product type of products or notfound.',
    );
    const good = { quantity: '1', productType: 'products' };
    await fails('POST', path, { body: good }, 'Product already exists in list.');
    await fails('POST', `/lists/${listId}/product/unknown`, { body: good }, 'Product could not be created.');
    await fails('POST', path, { body: { ...good, quantity: 1.5 } }, 'Product could not be created.');

    const changed = await app.send('PUT', path, { as: ANA, body: { quantity: 3, notes: 'blue' } });
    assert.deepEqual(changed.body, { quantity: 3, notes: 'blue' });
    const cleared = await app.send('PUT', path, { as: ANA, body: { quantity: 3, notes: '' } });
    assert.deepEqual(cleared.body, { quantity: 3 });
    const { body } = await app.send('GET', `/lists/${listId}`, { as: ANA });
    assert.deepEqual(body.products, {
      [productId]: { productId, quantity: 3, reserved: 0, purchased: 0, type: 'products' },
    });

    await reserve(app, { listId, productId }, 'cy@example.org', { quantity: 2 });
    await fails(
      'PUT',
      path,
      { body: { quantity: 1 } },
      'Quantity cannot be lower than the number already reserved or purchased (2).',
    );
    await fails('DELETE', path, {}, 'Product could not be deleted.');
    await fails('DELETE', `/lists/${listId}/product/unknown`, {}, 'Product could not be deleted.');
  });

  it('closes idempotently, refuses what a closed list refuses, and reopens', async () => {
    const listId = await makeList(app);
    const productId = await addGift(app, listId, 2);
    for (const _time of [1, 2]) {
      const closed = await app.send('POST', `/lists/${listId}/close`, { as: ANA });
      assert.deepEqual(closed.body, { closed: true, listId });
    }
    const answer = await reserve(app, { listId, productId }, 'cy@example.org');
    assert.deepEqual(answer.body, { error: 'List is closed.' });
    await fails(
      'POST',
      `/lists/${listId}/product/${productId}x`,
      { body: { quantity: 1, productType: 'products' } },
      'List is closed.',
    );
    const { body } = await app.send('GET', '/lists', { as: ANA });
    assert.ok(body.closed.some((list: { listId: string }) => list.listId === listId));
    assert.equal((await app.send('POST', `/lists/${listId}/reopen`, { as: ANA })).status, 200);
    assert.equal((await reserve(app, { listId, productId }, 'cy@example.org')).status, 200);
  });

  it('deletes a list with all on it, counts it, tells holders, and lets the client delete not-found again', async () => {
    const listId = await makeList(app, { title: 'Soon gone' });
    const productId = await addGift(app, listId);
    await reserve(app, { listId, productId }, 'del@example.org');
    const noted = await app.send('POST', '/notfound', {
      as: ANA,
      body: { brand: 'b', details: 'd', url: 'u' },
    });
    const notFoundId = noted.body.productId;
    await app.send('POST', `/lists/${listId}/product/${notFoundId}`, {
      as: ANA,
      body: { quantity: 1, productType: 'notfound' },
    });
    const { body } = await app.send('DELETE', `/lists/${listId}`, { as: ANA });
    assert.deepEqual(body, { deleted: true, listId, count: 4 });
    const gone = await app.send('GET', `/notfound/${notFoundId}`);
    assert.deepEqual(gone.body, { error: 'No product exists with this ID.' });
    const again = await app.send('DELETE', `/notfound/${notFoundId}`, { as: ANA });
    assert.deepEqual(again.body, { deleted: true });
    await fails('DELETE', `/notfound/${notFoundId}`, { as: BO }, 'Product can not be deleted.');
    const letters = await app.letters();
    assert.ok(
      letters.some(({ to, subject }) => to[0] === 'del@example.org' && subject.includes('Soon gone')),
    );
  });

  it('answers as the gateway where no handler runs', async () => {
    const missing = { message: 'Missing Authentication Token' };
    for (const [method, path] of [
      ['GET', '/lists'],
      ['GET', '/unknown'],
      ['PUT', '/lists'],
    ] as const) {
      const answer = await app.send(method, path);
      assert.deepEqual([answer.status, answer.body], [403, missing], `${method} ${path}`);
      assert.equal(answer.headers['access-control-allow-headers'], '*');
    }
    const preflight = await app.send('OPTIONS', '/prod/lists/x/product/y');
    assert.deepEqual([preflight.status, preflight.body], [200, {}]);
    assert.equal(preflight.headers['access-control-allow-methods'], 'POST,PUT,DELETE,OPTIONS');
  });

  it('keeps cookies of foreign pages from changing anything', async () => {
    const listId = await makeList(app);
    const headers = { 'sec-fetch-site': 'cross-site' };
    const answer = await app.send('DELETE', `/lists/${listId}`, { as: ANA, headers });
    assert.deepEqual([answer.status, answer.body], [403, { message: 'Missing Authentication Token' }]);
    const byOrigin = await app.send('DELETE', `/lists/${listId}`, {
      as: ANA,
      headers: { origin: 'https://evil.example' },
    });
    assert.equal(byOrigin.status, 403);
  });

  it('gives a repeated list creation the first answer when it names the same key', async () => {
    const body = { title: 't', occasion: 'o', description: 'd', imageUrl: 'i' };
    const headers = { 'idempotency-key': 'abc-1' };
    const first = await app.send('POST', '/lists', { as: ANA, body, headers });
    const second = await app.send('POST', '/lists', { as: ANA, body, headers });
    assert.equal(second.body.listId, first.body.listId);
    const other = await app.send('POST', '/lists', { as: BO, body, headers });
    assert.notEqual(other.body.listId, first.body.listId);
  });
});

describe('a site behind a proxy', () => {
  let app: ListsApp;
  before(async () => {
    app = await openLists(
      { profile: 'compat' },
      {
        LISTS_REQUEST_TIMEOUT_MS: '1500',
        PUBLIC_ORIGIN: 'https://lists.example',
        LISTS_OTHER_HOSTS: 'gifts.example',
      },
    );
  });
  after(() => app.close());

  it('leads people to its one address, and leaves programs where they are', async () => {
    const ask = async (headers: Record<string, string>, path = '/lists/x?show=taken') => {
      const { status, headers: answered } = await app.send('GET', path, { headers });
      return [status, answered.location];
    };
    const accept = 'text/html';
    const home = [301, 'https://lists.example/lists/x?show=taken'];
    assert.deepEqual(await ask({ accept, host: 'www.lists.example' }), home);
    assert.deepEqual(await ask({ accept, host: 'GIFTS.example' }), home);
    assert.deepEqual(await ask({ accept, host: 'lists.example', 'x-forwarded-proto': 'http' }), home);
    assert.deepEqual(await ask({ accept, host: 'www.lists.example' }, '//evil.example/'), [
      301,
      'https://lists.example//evil.example/',
    ]);
    assert.equal((await ask({ accept, host: 'lists.example' }))[0], 404);
    assert.equal((await ask({ accept: '*/*', host: 'www.lists.example' }))[0], 403);
  });

  it('answers a call that takes too long as the gateway did, and says whether it is ready', async () => {
    const listId = await makeList(app);
    const client = await app.test.database.db.pool.connect();
    try {
      await client.query('begin');
      await client.query('select 1 from lists.gift_lists where id = $1 for update', [listId]);
      const answer = await app.send('POST', `/lists/${listId}/close`, { as: ANA });
      assert.deepEqual([answer.status, answer.body], [504, { message: 'Endpoint request timed out' }]);
      assert.equal(answer.headers['access-control-allow-origin'], '*');
    } finally {
      await client.query('rollback');
      client.release();
    }
    assert.equal((await app.send('GET', '/health/ready')).body.status, 'UP');
  });
});
