import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { createTestApp, type TestApp } from '../harness/app.ts';
import { launchChromium, skipReason } from './chromium.ts';
import { assertAccessible, assertFitsWidth, assertFocusVisible, takeScreenshot } from './page-checks.ts';

const WIDTHS = [1_280, 390];

/** The pages of lists that are rendered on the server, in a browser that runs no script. */
describe('pages of shared lists', { skip: skipReason() }, () => {
  let app: TestApp;
  let chromium: Browser;
  let origin: string;

  before(async () => {
    app = await createTestApp({ environment: { SIGNALBOX_MODULES: 'lists', LISTS_RATE_LIMITS: 'off' } });
    await seed(app);
    const server = app.module('lists');
    await server.listen({ host: '127.0.0.1', port: 0 });
    origin = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
    chromium = await launchChromium();
  });
  after(async () => {
    await chromium?.close();
    await app?.[Symbol.asyncDispose]();
  });

  const open = async (width: number, options: { javaScriptEnabled?: boolean; locale?: string } = {}) => {
    const context = await chromium.newContext({
      viewport: { width, height: 800 },
      locale: 'en-GB',
      reducedMotion: 'reduce',
      ...options,
    });
    // Pictures of made-up shops: none of them is fetched.
    await context.route('https://img.example/**', (route) => route.abort());
    return context;
  };
  const check = async (context: BrowserContext, path: string, name: string): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(origin + path);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      await assertAccessible(page);
      await assertFitsWidth(page);
      await assertFocusVisible(page, 12);
      await page.evaluate('window.scrollTo(0, 0)');
      await takeScreenshot(page, `${name}-${width}`);
    }
    return page;
  };

  const PAGES: Record<string, string> = {
    list: '/lists/mixed',
    'list-available': '/lists/mixed?show=available&sort=price',
    'list-closed': '/lists/closed',
    'list-empty': '/lists/empty',
    'list-none': '/lists/unknown',
    reserve: '/lists/mixed/reserve/p-1',
    'reserve-taken': '/lists/mixed/reserve/p-2',
    'reserve-group': '/lists/mixed/reserve/p-5',
    reservation: '/reserve/res-reserved',
    'reservation-gone': '/reserve/res-gone',
    reminders: '/reserve/res-reserved/reminders',
    pledge: '/pledges/pledge-1',
    'reservation-bought': '/reserve/res-purchased',
    'reservation-released': '/reserve/res-cancelled',
    ideas: '/list-ideas',
    article: '/list-ideas/first-birthday-gifts',
    privacy: '/privacy',
  };

  test('are accessible and fit into both widths', async () => {
    const context = await open(1_280);
    for (const [name, path] of Object.entries(PAGES)) {
      const page = await check(context, path, `lists-${name}`);
      await page.close();
    }
    await context.close();
  });

  test('speak French to who asks for it', async () => {
    const context = await open(390, { locale: 'fr-FR' });
    const page = await check(context, '/lists/mixed', 'lists-list-fr');
    assert.equal(await page.locator('html').getAttribute('lang'), 'fr');
    assert.match((await page.locator('main').textContent()) ?? '', /Cadeaux/);
    await context.close();
  });

  test('let a guest reserve, change, buy and take back, without a script', async () => {
    const context = await open(390, { javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${origin}/lists/mixed`);
    await page.locator('[data-cy="product-card-p-3"] [data-cy=button-reserve]').click();
    await page.getByRole('button', { name: 'Reserve' }).click();
    assert.match(
      (await page.locator('.errors').textContent()) ?? '',
      /Type your name[\s\S]*Type an e-mail address/,
    );
    await takeScreenshot(page, 'lists-reserve-errors-390');
    await page.getByLabel('Your name').fill('Grandma');
    await page.getByLabel('Your e-mail address').fill('Gran@Example.org');
    await page.getByLabel('Quantity').selectOption('2');
    await page.getByRole('button', { name: 'Reserve' }).click();
    assert.equal(await page.locator('h1').textContent(), 'Reserved for you, Grandma');
    const address = page.url();
    await page.getByLabel('Change the quantity').selectOption('1');
    await page.getByRole('button', { name: 'Save' }).click();
    assert.match((await page.locator('[role=status]').textContent()) ?? '', /Saved/);
    await page.locator('summary').click();
    await page.getByRole('button', { name: 'Yes, release it' }).click();
    assert.equal(await page.locator('h1').textContent(), 'You released this gift');
    await page.getByRole('button', { name: 'Take that back' }).click();
    assert.equal(await page.locator('h1').textContent(), 'Reserved for you, Grandma');
    await page.getByRole('button', { name: 'I have bought it' }).click();
    assert.equal(await page.locator('h1').textContent(), 'Thank you, Grandma');
    await page.goto(`${origin}/lists/mixed`);
    assert.match(
      (await page.locator('[data-cy="product-card-p-3"] .count').textContent()) ?? '',
      /You bought 1/,
    );
    await context.close();
    // On another device the link in the e-mail is enough.
    const other = await open(390, { javaScriptEnabled: false });
    const elsewhere = await other.newPage();
    await elsewhere.goto(address);
    await elsewhere.goto(`${origin}/lists/mixed`);
    assert.match(
      (await elsewhere.locator('[data-cy="product-card-p-3"] .count').textContent()) ?? '',
      /You bought 1/,
    );
    await other.close();
  });

  test('show 200 gifts in at most 60 KB, without anything moving while they load', async () => {
    const server = app.module('lists');
    const answer = await server.inject({
      url: '/lists/big',
      headers: { accept: 'text/html', 'accept-encoding': 'gzip' },
    });
    const styles = await server.inject({
      url:
        /href="(\/page-assets\/[^"]+\.css)"/.exec(
          (await server.inject({ url: '/lists/big', headers: { accept: 'text/html' } })).body,
        )?.[1] ?? '',
      headers: { 'accept-encoding': 'gzip' },
    });
    assert.equal(styles.statusCode, 200);
    assert.ok(answer.rawPayload.length + styles.rawPayload.length < 60 * 1_024);
    const context = await open(390);
    const page = await context.newPage();
    await page.addInitScript(WATCH_SHIFTS);
    // The slowest way a script can come: long after the page was painted without it.
    await context.route('**/*public.js', async (route) => {
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      await route.continue();
    });
    await page.goto(`${origin}/lists/big`, { waitUntil: 'load' });
    await page.evaluate('window.scrollTo(0, 3000)');
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    assert.deepEqual(await page.evaluate('window.shifts'), []);
    assert.equal(await page.locator('.card').count(), 200);
    await context.close();
  });

  test('answer what machines ask of a site', async () => {
    const get = (url: string, headers = {}) => app.module('lists').inject({ url, headers });
    const status = await get('/status.html');
    assert.match(status.body, /Status/);
    assert.equal(status.headers['cache-control'], 'no-cache, no-store');
    assert.equal((await get('/robots.txt')).body, 'User-agent: *\nDisallow:\n');
    assert.equal((await get('/sitemap.xml')).statusCode, 404);
    assert.equal((await get('/manifest.json')).json().display, 'standalone');
    for (const name of [
      'birthday-default-2.png',
      'celebration-default.jpg',
      'christmas-closed-2.png',
      'product-default.jpg',
      'icon-512.png',
    ]) {
      const picture = await get(`/images/${name}`);
      assert.deepEqual([picture.statusCode, picture.headers['content-type']], [200, 'image/png'], name);
    }
    for (const path of [
      '/images/..%2f..%2fpackage.json',
      '/images/none.png',
      '/assets/..%2f..%2fpackage.json',
    ]) {
      assert.equal((await get(path)).statusCode, 404, path);
    }
    assert.equal((await get('/nowhere', { accept: 'text/html' })).statusCode, 404);
    assert.equal((await get('/lists/mixed', { accept: 'text/html' })).headers['x-robots-tag'], 'noindex');
  });
});

/** Everything that moves without being asked to, with what moved. */
const WATCH_SHIFTS = `window.shifts = []; new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries()) {
    window.shifts.push({ value, moved: sources.map(({ node }) => node?.outerHTML?.slice(0, 80)) });
  }
}).observe({ type: 'layout-shift', buffered: true });`;

async function seed({ database }: TestApp): Promise<void> {
  await database.db.pool.query(`
    insert into lists.users (id, email, name, status, email_verified_at) values ('owner', 'owner@example.org', 'Ana', 'active', now());
    insert into lists.gift_lists (id, owner_id, title, description, occasion, image_url, event_date_text, event_date, state, closed_at) values
      ('mixed', 'owner', 'Ida turns one', E'We are so happy that you want to give Ida something.\nSecond-hand is welcome!', 'Birthday', '/images/birthday-default-2.png', '03 May 2027', '2027-05-03', 'open', null),
      ('closed', 'owner', 'Christmas 2025', '', 'Christmas', '/images/christmas-default-2.png', null, null, 'closed', now()),
      ('empty', 'owner', 'An empty list', '', 'Other', '/images/other-default-2.png', null, null, 'open', null),
      ('big', 'owner', 'A big list', 'Everything', 'Other', '/images/other-default-2.png', null, null, 'open', null);
    insert into lists.products (id, retailer, brand, details, product_url, search_url, image_url, price, currency) values
      ('p-1', 'Train Shop', 'Brio', 'Wooden train with two carriages', 'https://shop.example/train', 'x', 'https://img.example/train.jpg', '34.99', 'GBP'),
      ('p-2', 'Bookshop', 'Walker Books', 'We''re Going on a Bear Hunt, board book', 'https://shop.example/book', 'x', '//img.example/book.jpg', '7.99', 'GBP'),
      ('p-3', 'Baby Store', 'Muslin', 'Swaddle cloths with stars, a very long description that goes on for a while because shops love to write every keyword they can think of into the name of a thing, such as soft, organic, washable and more', 'https://shop.example/cloth', 'x', '', '1,299.00', 'EUR'),
      ('p-5', 'Furniture', 'Stokke', 'High chair that grows with the child', 'https://shop.example/chair', 'x', '', '259.00', 'GBP');
    insert into lists.gifts (list_id, product_id, type, quantity, reserved, purchased, notes, position, is_most_wanted, group_target, group_pledged) values
      ('mixed', 'p-1', 'products', 1, 0, 0, E'The red one, please.\nBatteries are not needed.', 1, true, null, 0),
      ('mixed', 'p-2', 'products', 1, 1, 0, null, 2, false, null, 0),
      ('mixed', 'p-3', 'products', 6, 1, 1, null, 3, false, null, 0),
      ('mixed', 'p-4', 'products', 1, 0, 0, null, 4, false, null, 0),
      ('mixed', 'p-5', 'products', 1, 0, 0, null, 5, true, 25900, 9000);
    insert into lists.reservations (id, list_id, product_id, holder_key, name, email, quantity, state, product_type, list_title, list_owner_id) values
      ('res-reserved', 'mixed', 'p-3', 'bo@example.org', 'Bo', 'bo@example.org', 1, 'reserved', 'products', 'Ida turns one', 'owner'),
      ('res-purchased', 'mixed', 'p-3', 'cy@example.org', 'Cy', 'cy@example.org', 1, 'purchased', 'products', 'Ida turns one', 'owner'),
      ('res-cancelled', 'mixed', 'p-1', 'di@example.org', 'Di', 'di@example.org', 1, 'cancelled', 'products', 'Ida turns one', 'owner');
    insert into lists.withdrawn_reservations (id, what) values ('res-gone', 'list');
    insert into lists.contributions (id, list_id, product_id, holder_key, name, email, amount) values
      ('pledge-1', 'mixed', 'p-5', 'bo@example.org', 'Bo', 'bo@example.org', 9000);
    insert into lists.products (id, retailer, brand, details, product_url, search_url, image_url, price)
      select 'big-' || n, 'Shop', 'Brand ' || md5(n::text), 'A thing that somebody wishes for, number ' || n || ' ' || md5((n * 7)::text), 'https://shop.example/things/' || md5(n::text), 'x', 'https://img.example/' || md5((n * 3)::text) || '.jpg', (n * 1.37)::numeric(10,2)::text
      from generate_series(1, 200) n;
    insert into lists.gifts (list_id, product_id, type, quantity, position) select 'big', 'big-' || n, 'products', 1 + n % 4, n from generate_series(1, 200) n;
  `);
}
