import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ANA, type ListsApp, makeList, openLists } from '../testing/lists-app.ts';
import { readPageFacts } from './page-facts.ts';
import { parsePrice } from './price.ts';

const page = (head: string) => `<html><head>${head}</head><body></body></html>`;
const meta = (property: string, content: string) => `<meta property="${property}" content="${content}">`;

describe('what a page says of its product', () => {
  it('takes the first candidate of each attribute', () => {
    const html = page(
      meta('og:image', 'https://i.example/2.jpg') +
        meta('og:image:secure_url', 'https://i.example/1.jpg') +
        meta('og:title', 'buy the train | Shop') +
        meta('og:site-name', 'Shop') +
        meta('og:price:amount', '5') +
        meta('product:price:amount', '£1,299.00') +
        meta('product:price:currency', 'gbp'),
    );
    assert.deepEqual(readPageFacts(html, 'https://shop.example/x'), {
      site_name: 'Shop',
      title: 'Buy the train',
      image: 'https://i.example/1.jpg',
      price: '1299.00',
      currency: 'GBP',
    });
  });

  it('tidies titles, and takes the shop from the page title', () => {
    const facts = (title: string, pageTitle: string) =>
      readPageFacts(page(`<title>${pageTitle}</title>${meta('og:title', title)}`), 'https://x.example/');
    assert.equal(facts('Buy wooden train at KIDLY UK', 'x').title, 'Wooden train');
    assert.equal(facts('t', 'Train | Toys | The Shop').site_name, 'The Shop');
    assert.equal(facts('t', 'no bar').site_name, undefined);
    assert.equal(facts('Tom &amp; Jerry&#39;s &pound;5', 'x').title, "Tom & Jerry's £5");
  });

  it('leaves out a price that cannot be read', () => {
    assert.equal(
      readPageFacts(page(meta('og:price:amount', 'on request')), 'https://x.example/').price,
      undefined,
    );
    const prices: [string, string | undefined][] = [
      ['£1,299.00', '1299.00'],
      ['1.299,00 €', '1299.00'],
      ['1 299,5', '1299.50'],
      ['12', '12.00'],
      ['1,299', '1299.00'],
      ['$0.99', '0.99'],
      ['CHF 1’000.00', undefined],
      ['from 5 to 9', undefined],
      ['free', undefined],
      ['', undefined],
      ['9'.repeat(40), undefined],
    ];
    for (const [text, price] of prices) assert.equal(parsePrice(text), price, text);
  });

  it('survives anything', () => {
    for (const html of [
      '',
      '<',
      '<meta',
      '<script type="application/ld+json">{',
      '<!--',
      '<title>',
      '\u0000'.repeat(100),
    ]) {
      assert.deepEqual(readPageFacts(html, 'https://x.example/'), {});
    }
    const deep = `<script type="application/ld+json">${'['.repeat(5_000)}${']'.repeat(5_000)}</script>`;
    assert.deepEqual(readPageFacts(deep, 'https://x.example/'), {});
  });

  it('takes time in proportion to the page, whatever is in it', () => {
    for (const piece of ['<a "', "<a '", '<meta a="', '<a b=c ', '<!-', '&#', '<<<<', '="\'']) {
      const started = process.cpuUsage();
      readPageFacts(piece.repeat(200_000 / piece.length), 'https://x.example/');
      const { user } = process.cpuUsage(started);
      assert.ok(user < 2_000_000, `${piece} took ${user} us`);
    }
  });
});

describe('looking up a pasted link', () => {
  let app: ListsApp;
  before(async () => {
    app = await openLists();
  });
  after(() => app.close());

  const lookUp = async (url: string) =>
    (await app.send('POST', '/products/lookup', { as: ANA, body: { url } })).body;
  const shop = (path: string) => `${app.simulators.url}/shops${path}`;

  it('reads pages of every kind, or says why not', async () => {
    const outcomes: Record<string, string> = {
      '/open-graph': 'page',
      '/open-graph-without-price': 'page',
      '/json-ld': 'page',
      '/json-ld-graph': 'page',
      '/broken-json-ld': 'page',
      '/microdata': 'page',
      '/moved': 'page',
      '/malformed': 'page',
      '/nothing': 'no_details',
      '/missing': 'missing_page',
      '/refused': 'refused_by_shop',
      '/broken': 'shop_error',
      '/picture': 'not_a_page',
      '/huge': 'too_large',
      '/loop': 'too_many_redirects',
      '/to-metadata-service': 'private_address',
      '/to-loopback': 'port',
      '/to-file': 'scheme',
    };
    for (const [path, expected] of Object.entries(outcomes)) {
      const found = await lookUp(shop(path));
      assert.equal(found.reason ?? found.outcome, expected, `${path} ${JSON.stringify(found)}`);
    }
    assert.deepEqual((await lookUp(`look what I found ${shop('/json-ld')}`)).facts, {
      site_name: 'Towers',
      title: 'Stacking tower',
      image: 'https://img.example/tower.jpg',
      price: '24.50',
      currency: 'EUR',
    });
    assert.equal((await lookUp('https://www.amazon.co.uk/dp/B000000000')).reason, 'blocked_shop');
    assert.equal((await lookUp('no address at all')).reason, 'not_an_address');
  });

  it('answers the metadata query of the original', async () => {
    const query = (url: string) =>
      app.send('GET', `/prod/products/query/metadata/${encodeURIComponent(encodeURIComponent(url))}`, {
        as: ANA,
      });
    const good = await query(`${shop('/open-graph')}?a=1&b=100%`);
    assert.equal(good.body.title, 'Wooden train');
    assert.deepEqual((await query('https://www.amazon.com/x')).body, {});
    assert.equal((await query(shop('/missing'))).body.error, 'Metadata query failed.');
    await app.apply({ settings: { metadata_blocked_response: 'error' } });
    assert.equal((await query('https://www.amazon.com/x')).body.error, 'Metadata query failed.');
    await app.apply({ settings: { metadata_blocked_response: 'empty' } });
  });

  it('asks a page once a day', async () => {
    const calls = async () => {
      const answer = await fetch(`${app.simulators.url}/shops/calls`);
      return ((await answer.json()) as unknown[]).length;
    };
    await lookUp(shop('/open-graph?once'));
    const before = await calls();
    await lookUp(shop('/open-graph?once'));
    assert.equal(await calls(), before);
  });

  it('finds catalogue products by their address, in the spellings of the original and more', async () => {
    const create = (productUrl: string, more = {}) =>
      app.send('POST', '/products', {
        as: ANA,
        body: { retailer: 'r', brand: 'b', details: 'd', imageUrl: 'i', productUrl, ...more },
      });
    const find = async (url: string) =>
      (await app.send('GET', `/products/url/${encodeURIComponent(url)}`, { as: ANA })).body.product.productId;
    const amazon = (await create('https://www.amazon.co.uk/dp/B07ABCDEFG')).body.productId;
    assert.equal(await find('https://www.amazon.co.uk/Some-Name/dp/B07ABCDEFG/ref=sr_1?tag=x'), amazon);
    assert.equal(await find('https://www.amazon.co.uk/gp/product/B07ABCDEFG'), amazon);
    const plain = (await create('https://shop.example/a%20b/')).body.productId;
    for (const url of [
      'https://shop.example/a%20b/?utm=1',
      'http://shop.example/a%20b',
      'https://SHOP.example/a b',
    ]) {
      assert.equal(await find(url), plain, url);
    }
    assert.equal(await find('https://shop.example/A%20B/'), undefined);
    await create('https://shop.example/hidden', { searchHidden: true });
    assert.equal(await find('https://shop.example/hidden'), undefined);
    assert.equal((await lookUp('https://shop.example/a%20b/')).product.productId, plain);
  });

  it('adds what was found, or typed, to a list in one step', async () => {
    const listId = await makeList(app);
    const body = {
      brand: 'Train Shop',
      details: 'Wooden train',
      url: shop('/open-graph'),
      price: '9.99',
      quantity: 2,
      notes: 'red',
      mostWanted: true,
    };
    const added = await app.send('POST', `/lists/${listId}/products`, { as: ANA, body });
    assert.equal(added.status, 201);
    const view = await app.send('GET', `/lists/${listId}/view`);
    const [gift] = view.body.gifts;
    assert.deepEqual(
      [gift.type, gift.product.details, gift.quantity, gift.notes, gift.mostWanted],
      ['notfound', 'Wooden train', 2, 'red', true],
    );
    const refused = await app.send('POST', `/lists/${listId}/products`, {
      as: ANA,
      body: { ...body, quantity: 0 },
    });
    assert.equal(refused.status, 422);
    const { rows } = await app.test.database.db.pool.query(
      'select count(*)::int as n from lists.not_found_products',
    );
    assert.equal(rows[0].n, 1, 'a refused gift leaves no product behind');
  });
});
