import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { ADMIN, ANA, addGift, makeList, reserve } from '../../src/modules/lists/testing/lists-app.ts';
import { skipReason } from '../pages/chromium.ts';
import {
  assertAccessible,
  assertFitsWidth,
  assertFocusVisible,
  takeScreenshot,
} from '../pages/page-checks.ts';
import { openWebApp, type WebApp, WIDTHS } from './web-app.ts';

/** Every route of the web app: its heading, accessible, in the window, with visible focus, no error in the console. */
describe('routes of the web app', { skip: skipReason() }, () => {
  let web: WebApp;
  let listId: string;

  before(async () => {
    web = await openWebApp();
    const { lists } = web;
    listId = await makeList(lists, { eventDate: '03 May 2027', description: 'Thank you for looking.' });
    const reserved = await addGift(lists, listId, 2);
    await addGift(lists, listId);
    await reserve(lists, { listId, productId: reserved }, 'cy@example.org');
    await lists.send('PATCH', `/lists/${listId}/product/${reserved}`, {
      as: ANA,
      body: { mostWanted: true, notes: 'The red one, please' },
    });
  });
  after(() => web?.close());

  const visitors = new Map<string, Page>();

  /** One browser for each person: what the app loads once it keeps, as with people. */
  const pageOf = async (as?: { email: string }): Promise<Page> => {
    const known = visitors.get(as?.email ?? '');
    if (known) return known;
    const page = await web.open(as ? { as } : {});
    visitors.set(as?.email ?? '', page);
    return page;
  };

  const look = async (path: string, heading: string, as?: { email: string }) => {
    const page = await pageOf(as);
    const faults: string[] = [];
    page.removeAllListeners('pageerror').removeAllListeners('console');
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      // Being nobody, and pictures of made-up shops, are no faults.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        faults.push(message.text());
    });
    await page.goto(path);
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
    assert.match(await page.title(), /Signalbox Lists$/);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 844 });
      await assertAccessible(page);
      await assertFitsWidth(page);
      await assertFocusVisible(page, 8);
      await page.evaluate('window.scrollTo(0, 0)');
      const name =
        path.replaceAll(/[^a-z]+/g, '-').replaceAll(/^-|-$/g, '') || (as ? 'dashboard' : 'landing');
      await takeScreenshot(page, `web-${name}-${width}`);
    }
    assert.deepEqual(faults, []);
  };

  const ANONYMOUS: [path: string, heading: string][] = [
    ['/', 'The gifts you wish for. No gift twice.'],
    ['/about', 'About'],
    ['/how-it-works', 'How it works'],
    ['/faq', 'Questions and answers'],
    ['/contact', 'Write to us'],
    ['/login', 'Log in'],
    ['/signup', 'Sign up'],
    ['/reset', 'Reset your password'],
    ['/signup-complete?account=Google', 'Welcome'],
    ['/reservations/mine', 'My reservations'],
  ];
  for (const [path, heading] of ANONYMOUS) test(path, () => look(path, heading));

  const SIGNED_IN: [path: string, heading: string][] = [
    ['/', 'Your lists'],
    ['/profile', 'Your profile'],
    ['/add?url=https://shop.example/x', 'Add to which list?'],
    ['/edit/LIST', 'Ida turns one'],
    ['/edit/LIST?tab=1', 'Ida turns one'],
    ['/edit/LIST?tab=2', 'Ida turns one'],
    ['/settings/LIST', 'List settings'],
    ['/edit/unknown', 'This page does not exist'],
  ];
  for (const [path, heading] of SIGNED_IN)
    test(`${path}, signed in`, () => look(path.replace('LIST', listId), heading, ANA));

  const ADMINISTRATION: [path: string, heading: string][] = [
    ['/admin/dashboard', 'Administration'],
    ['/admin/update-users-gifts', 'Gifts the catalogue lacks'],
    ['/admin/create-product', 'New product'],
  ];
  for (const [path, heading] of ADMINISTRATION) test(path, () => look(path, heading, ADMIN));

  test('administration is for administrators', async () => {
    const page = await web.open({ as: ANA });
    await page.goto('/admin/dashboard');
    await page.getByRole('heading', { name: 'This page does not exist' }).waitFor();
    await page.context().close();
  });

  test('a private route asks to log in and leads back; a signed-in visitor does not see the log-in page', async () => {
    const page = await web.open();
    await page.goto(`/edit/${listId}?tab=2`);
    await page.waitForURL(`**/login?redirect=${encodeURIComponent(`/edit/${listId}?tab=2`)}`);
    await page.getByLabel('E-mail address').fill(ANA.email.toUpperCase());
    await page.getByLabel('Password', { exact: true }).fill('Passw0rd!');
    await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(`**/edit/${listId}?tab=2`);
    await page.goto('/login?redirect=//evil.example/');
    await page.getByRole('heading', { name: 'Your lists' }).waitFor();
    await page.context().close();
  });

  test('everything is said in French', async () => {
    const page = await web.open({ locale: 'fr-FR', as: ADMIN });
    await page.goto('/');
    await page.getByRole('heading', { level: 1, name: 'Vos listes' }).waitFor();
    assert.equal(await page.evaluate('document.documentElement.lang'), 'fr');
    await page.context().close();
  });
});
