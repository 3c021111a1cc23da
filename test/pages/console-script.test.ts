import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, skipReason } from './chromium.ts';
import { openConsole, type TestConsole } from './open-console.ts';
import { modules, tasks } from './realistic-day.ts';

const [matchServices] = tasks;
const REFRESH_MS = 3_000;

describe('the console’s script', { skip: skipReason() }, () => {
  let console: TestConsole;
  let chromium: Browser;
  let origin: string;
  let session: string;

  before(async () => {
    console = await openConsole(modules, tasks);
    const browser = await console.browserOf('operator');
    session = browser.cookies.get('signalbox_session') ?? '';
    await console.app.listen({ host: '127.0.0.1', port: 0 });
    origin = `http://127.0.0.1:${(console.app.server.address() as AddressInfo).port}`;
    chromium = await launchChromium();
  });
  after(async () => {
    await chromium.close();
    await console.close();
  });

  const open = async (path: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> => {
    const page = await chromium.newPage(options);
    await page.context().addCookies([{ name: 'signalbox_session', value: session, url: origin }]);
    // Refreshes come when the test says so.
    await page.clock.install();
    await page.goto(`${origin}${path}`);
    return page;
  };

  const sendJob = async (): Promise<void> => {
    assert.ok(matchServices);
    const payload = { receivedEventId: 'x', odsCode: 'FA142' };
    await console.store.jobs.enqueue(null, matchServices, [{ payload }]);
  };

  test('home shows new numbers by itself, and stops when told to', async () => {
    const page = await open('/');
    const waiting = page.locator('a[href="/jobs#directory"]');
    const former = Number(await waiting.textContent());
    await sendJob();
    await page.clock.runFor(REFRESH_MS);
    await waiting.filter({ hasText: new RegExp(`^${former + 1}$`) }).waitFor();
    await page.getByRole('button', { name: 'Stop updating this page' }).click();
    assert.equal(await page.getByRole('button', { name: 'Update this page by itself' }).count(), 1);
    await page.close();
  });

  test('a person who asked for less motion has a still page until they ask for more', async () => {
    const page = await open('/', { reducedMotion: 'reduce' });
    const requests: string[] = [];
    page.on('request', (request) => {
      if (request.resourceType() === 'fetch') requests.push(request.url());
    });
    await page.clock.runFor(REFRESH_MS * 3);
    assert.deepEqual(requests, []);
    await page.getByRole('button', { name: 'Update this page by itself' }).click();
    // The button keeps the focus, which is no reason to wait: it is outside the part that changes.
    const refreshed = page.waitForRequest((request) => request.url().endsWith('/home/module-states'));
    await page.clock.runFor(REFRESH_MS);
    await refreshed;
    await page.close();
  });

  test('the first stop of the Tab key skips to the content', async () => {
    const page = await open('/audit');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate('document.activeElement.id'), 'main-content');
    await page.close();
  });

  test('on a phone the menu opens by its button and leads to each page', async () => {
    const page = await open('/', { viewport: { width: 390, height: 800 } });
    const register = page.getByRole('navigation').getByRole('link', { name: 'Register' });
    assert.equal(await register.isVisible(), false);
    await page.getByRole('button', { name: 'Menu' }).click();
    await register.click();
    await page.waitForURL(`${origin}/register`);
    await page.close();
  });

  test('a part of a page is kept fresh from the page itself, and says when its work has ended', async () => {
    const page = await open('/pages/directory/change-events');
    assert.equal(await page.getByText('shown once').count(), 1);
    await page.clock.runFor(REFRESH_MS);
    await page.getByText('shown again').waitFor();
    await page.getByRole('link', { name: 'Load the whole page again' }).waitFor();
    assert.match((await page.getByRole('status').textContent()) ?? '', /no longer changes/);
    await page.close();
  });

  test('without JavaScript every link of the menu is there, and a form works', async () => {
    const page = await open('/account', { javaScriptEnabled: false, viewport: { width: 390, height: 800 } });
    assert.equal(await page.getByRole('link', { name: 'Failures' }).isVisible(), true);
    await page.getByRole('button', { name: 'Change password' }).click();
    assert.match(await page.title(), /^Error: /);
    assert.equal(await page.getByRole('alert').isVisible(), true);
    await page.close();
  });
});
