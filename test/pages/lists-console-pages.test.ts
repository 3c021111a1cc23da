import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { systemClock } from '#platform/telemetry';
import { ANA, type ListsApp, makeList, openLists } from '../../src/modules/lists/testing/lists-app.ts';
import { launchChromium, skipReason } from './chromium.ts';
import { signInAs } from './open-console.ts';
import { assertAccessible, assertFitsWidth, assertFocusVisible, takeScreenshot } from './page-checks.ts';
import type { TestBrowser } from './test-browser.ts';

describe('console pages of lists', { skip: skipReason() }, () => {
  let app: ListsApp;
  let operator: TestBrowser;
  let chromium: Browser;
  let page: Page;
  let origin: string;

  before(async () => {
    app = await openLists();
    const auth = { db: app.test.app.stores[0].db, clock: systemClock, sessionHours: 12 };
    operator = await signInAs(app.test.console, auth, 'admin');
    await app.test.console.listen({ host: '127.0.0.1', port: 0 });
    origin = `http://127.0.0.1:${(app.test.console.server.address() as AddressInfo).port}`;
    chromium = await launchChromium();
    page = await chromium.newPage();
    const value = operator.cookies.get('signalbox_session') ?? '';
    await page.context().addCookies([{ name: 'signalbox_session', value, url: origin }]);
  });
  after(async () => {
    await chromium?.close();
    await app?.close();
  });

  const check = async (name: string, path: string) => {
    for (const width of [1_280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      const answer = await page.goto(`${origin}/pages/lists${path}`);
      assert.equal(answer?.status(), 200, path);
      await takeScreenshot(page, `lists-console-${name}-${width}`);
      await assertAccessible(page);
      await assertFitsWidth(page);
      await assertFocusVisible(page, 8);
    }
  };

  test('say so when there is nothing to show yet', async () => {
    await check('empty', '');
    await check('not-found-empty', '/not-found');
  });

  test('show the queue, and replace a product with errors linked to their fields', async () => {
    const listId = await makeList(app);
    const body = {
      brand: 'Train Shop',
      details: 'Wooden train',
      url: 'https://www.shop.example/train',
      quantity: 2,
    };
    const { productId } = (await app.send('POST', `/lists/${listId}/products`, { as: ANA, body })).body;
    await check('not-found', '/not-found');
    await check('replace', `/not-found/${productId}`);
    const path = `/pages/lists/not-found/${productId}`;
    const form = await operator.visit(path);
    assert.match(form.body, /value="shop.example"/);
    const bad = await operator.submit(path, { brand: 'b', price: '9', productUrl: 'x', imageUrl: '' });
    assert.equal(bad.statusCode, 422);
    assert.match(bad.body, /href="#imageUrl"/);
    assert.match(bad.body, /href="#price"/);
    const good = {
      brand: 'Brio',
      details: 'Train',
      retailer: 'shop.example',
      price: '9.00',
      productUrl: 'https://shop.example/t',
    };
    await operator.submit(path, { ...good, imageUrl: '<img src="//img.example/t.jpg">' });
    const view = await app.send('GET', `/lists/${listId}/view`);
    const [gift] = view.body.gifts;
    assert.deepEqual(
      [gift.type, gift.product.brand, gift.product.imageUrl],
      ['products', 'Brio', '//img.example/t.jpg'],
    );
    await operator.visit('/pages/lists');
    await operator.submit('/pages/lists/backups', {});
    await check('overview', '');
    assert.match((await operator.visit('/pages/lists')).body, /lists-\d{4}-/);
  });
});
