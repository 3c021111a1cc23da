import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { ANA, addGift, BO, makeList, reserve } from '../../src/modules/lists/testing/lists-app.ts';
import { createTestApp } from '../harness/app.ts';
import { skipReason } from '../pages/chromium.ts';
import { assertAccessible, assertFitsWidth, takeScreenshot } from '../pages/page-checks.ts';
import { openWebApp, type WebApp, WIDTHS } from './web-app.ts';

const CONTENT = fileURLToPath(new URL('../../src/modules/lists/articles/content/', import.meta.url));

/** Journeys of spec section 13.1 that lead over more than one person, browser or sign-in. */
describe('journeys of several people', { skip: skipReason() }, () => {
  let web: WebApp;
  let content: string;

  before(async () => {
    content = mkdtempSync(join(tmpdir(), 'lists-content-'));
    cpSync(CONTENT, content, { recursive: true });
    web = await openWebApp({ LISTS_CONTENT_DIR: content });
  });
  after(async () => {
    await web?.close();
    rmSync(content, { recursive: true, force: true });
  });

  const look = async (page: Page, name: string) => {
    await page.getByRole('heading', { level: 1 }).waitFor();
    await assertFitsWidth(page);
    await assertAccessible(page);
    await takeScreenshot(page, name);
  };
  const reserveAs = async (page: Page, name: string, email: string, quantity?: string) => {
    await page.getByLabel('Your name').fill(name);
    await page.getByLabel('Your e-mail address').fill(email);
    if (quantity !== undefined) await page.getByLabel('Quantity').selectOption(quantity);
    await page.getByRole('button', { name: 'Reserve' }).click();
  };
  const countOf = (page: Page, productId: string) =>
    page.locator(`[data-cy="product-card-${productId}"] .count`).textContent();

  for (const width of WIDTHS) {
    test(`J3: by the link in the mail fewer are taken, then none, and others can give it (${width} px)`, async () => {
      const listId = await makeList(web.lists);
      const productId = await addGift(web.lists, listId, 2);
      const email = `joan${width}@example.org`;
      await reserve(web.lists, { listId, productId }, email, { quantity: 2 });
      const letter = (await web.lists.letters()).findLast(({ to }) => to.includes(email));
      const [, link = ''] =
        new RegExp(`Change or release:\\n(${web.origin}/reserve/\\S+)`).exec(letter?.text ?? '') ?? [];
      const page = await web.open({ width });
      await page.goto(link);
      await look(page, `web-j3-reservation-${width}`);
      await page.getByLabel('Change the quantity').selectOption('1');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('status').getByText('Saved').waitFor();
      const others = await web.open({ width });
      await others.goto(`/lists/${listId}`);
      assert.match((await countOf(others, productId)) ?? '', /^1 of 2/);
      await page.locator('summary').click();
      await page.getByRole('button', { name: 'Yes, release it' }).click();
      await page.getByRole('heading', { name: 'You released this gift' }).waitFor();
      await look(page, `web-j3-released-${width}`);
      await others.reload();
      assert.match((await countOf(others, productId)) ?? '', /^2 of 2/);
      await others.locator(`[data-cy="product-card-${productId}"] [data-cy=button-reserve]`).click();
      await reserveAs(others, 'Otto', 'otto@example.org', '2');
      await others.getByRole('heading', { name: 'Reserved for you, Otto' }).waitFor();
      await page.context().close();
      await others.context().close();
    });

    test(`J4: two browsers reserve the last unit, one gets it and the other sees what is left (${width} px)`, async () => {
      const listId = await makeList(web.lists);
      const productId = await addGift(web.lists, listId, 1);
      const pages = [await web.open({ width, as: BO }), await web.open({ width })] as const;
      const [bo, guest] = pages;
      for (const page of pages) await page.goto(`/lists/${listId}/reserve/${productId}`);
      await guest.getByLabel('Your name').fill('Kim');
      await guest.getByLabel('Your e-mail address').fill('kim@example.org');
      await Promise.all(pages.map((page) => page.getByRole('button', { name: 'Reserve' }).click()));
      await Promise.all(pages.map((page) => page.waitForLoadState()));
      const isIn = (page: Page) => page.url().includes('/reserve/') && !page.url().includes('/lists/');
      const winner = isIn(bo) ? bo : guest;
      const loser = winner === bo ? guest : bo;
      assert.equal(pages.filter(isIn).length, 1, pages.map((page) => page.url()).join(' '));
      await winner.getByRole('heading', { name: /^Reserved for you/ }).waitFor();
      const said = (await loser.locator('main').textContent()) ?? '';
      assert.equal(said.match(/Somebody was quicker/g)?.length, 1, said);
      await look(loser, `web-j4-too-late-${width}`);
      await loser.goto(`/lists/${listId}`);
      assert.match((await countOf(loser, productId)) ?? '', /taken/i);
      const { body } = await web.lists.send('GET', `/lists/${listId}/shared`);
      assert.equal(body.products[productId].reserved, 1);
      for (const page of pages) await page.context().close();
    });

    test(`J6: a gift of an article is put on a list, once however often (${width} px)`, async () => {
      const listId = await makeList(web.lists, { title: `From an article ${width}` });
      const productId = await addGift(web.lists, await makeList(web.lists, { title: 'Elsewhere' }));
      const slug = `toys-${width}`;
      writeFileSync(
        join(content, 'articles', `${slug}.md`),
        `---\ntitle: Toys that last\ncategory: PLAY\ndescription_short: Wood.\nbeginning_content: Wood.\ndate: 2026-01-02\n---\n## Trains\n\n::: products\n${productId}\nno-such-product\n:::\n`,
      );
      const page = await web.open({ width, as: ANA });
      await page.goto('/list-ideas');
      await page.getByRole('link', { name: 'Toys that last' }).first().click();
      await page.goto(`/list-ideas/${slug}`);
      await look(page, `web-j6-article-${width}`);
      for (const time of ['first', 'again']) {
        await page.goto(`/list-ideas/${slug}`);
        await page.locator('[data-cy="button-add-to-list"]').click();
        await page.getByRole('button', { name: `Add: From an article ${width}` }).click();
        await page.getByText('✓').waitFor();
        if (time === 'first') await look(page, `web-j6-added-${width}`);
      }
      const { body } = await web.lists.send('GET', `/lists/${listId}`, { as: ANA });
      assert.deepEqual(Object.keys(body.products), [productId]);
      await page.context().close();
    });

    test(`J8: Google first and Facebook later with one address are one account (${width} px)`, async () => {
      const email = `ivy${width}@example.org`;
      const signIn = async (provider: string) => {
        const page = await web.open({ width });
        await page.goto('/login');
        await page.getByRole('link', { name: `Continue with ${provider}` }).click();
        await page.getByLabel('Name').fill('Ivy');
        await page.getByLabel('E-mail address').fill(email);
        await page.getByRole('button', { name: 'Sign in', exact: true }).click();
        return page;
      };
      const google = await signIn('Google');
      await google.waitForURL('**/signup-complete?account=Google');
      await look(google, `web-j8-welcome-${width}`);
      const facebook = await signIn('Facebook');
      await facebook.getByRole('heading', { name: 'You have no list yet' }).waitFor();
      const idIn = (page: Page) =>
        page.evaluate<string>("fetch('/auth/session').then((r) => r.json()).then((s) => s.userId)");
      assert.equal(await idIn(facebook), await idIn(google));
      const welcomes = (await web.lists.letters()).filter(
        ({ to, subject }) => to.includes(email) && subject.startsWith('Welcome'),
      );
      assert.equal(welcomes.length, 1);
      await google.context().close();
      await facebook.context().close();
    });
  }

  test('J10: a backup is restored to a scratch database, and a list opened there', async () => {
    const listId = await makeList(web.lists, { title: 'Kept for tomorrow' });
    const productId = await addGift(web.lists, listId, 2);
    await reserve(web.lists, { listId, productId }, 'kept@example.org');
    const commandOf = (modules: WebApp['lists']['test']['app']['modules'], name: string) =>
      modules[0]?.module.commands?.find((command) => command.name === name);
    const { modules, config } = web.lists.test.app;
    await commandOf(modules, 'backup')?.run({}, () => undefined);
    const listed = (await commandOf(modules, 'backups')?.run({}, () => undefined)) as {
      backups: { name: string }[];
    };
    // Blobs and keys are those of the installation, the database is another.
    await using scratch = await createTestApp({
      environment: { SIGNALBOX_MODULES: 'lists', SIGNALBOX_DATA_DIR: config.dataDir },
    });
    const restore = commandOf(scratch.app.modules, 'restore-backup');
    await restore?.run({ name: listed.backups.at(-1)?.name ?? '' }, () => undefined);
    const origin = await scratch.module('lists').listen({ host: '127.0.0.1', port: 0 });
    for (const width of WIDTHS) {
      const page = await web.open({ width });
      await page.goto(`${origin}/lists/${listId}`);
      await page.getByRole('heading', { name: 'Kept for tomorrow' }).waitFor();
      assert.match((await countOf(page, productId)) ?? '', /^1 of 2/);
      await look(page, `web-j10-restored-${width}`);
      await page.context().close();
    }
  });
});
