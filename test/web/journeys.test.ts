import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import {
  ADMIN,
  ANA,
  addGift,
  BO,
  makeList,
  PASSWORD,
  reserve,
} from '../../src/modules/lists/testing/lists-app.ts';
import { skipReason } from '../pages/chromium.ts';
import { assertAccessible, takeScreenshot } from '../pages/page-checks.ts';
import { codeFor, openWebApp, type WebApp, WIDTHS } from './web-app.ts';

const PICTURE = fileURLToPath(new URL('../../src/modules/lists/pages/images/birthday.png', import.meta.url));

/** Journeys of spec section 13.1 in a real browser, against a really running server. */
describe('journeys in the web app', { skip: skipReason() }, () => {
  let web: WebApp;

  before(async () => {
    web = await openWebApp();
  });
  after(() => web?.close());

  const press = (page: Page, name: string) =>
    page.getByRole('main').getByRole('button', { name, exact: true }).click();

  for (const width of WIDTHS) {
    test(`J1: from the landing page to a shared list (${width} px)`, async () => {
      const page = await web.open({ width });
      const email = `dora${width}@family-mail.co.uk`;
      await page.goto('/');
      await page.locator('[data-cy="create-button"]').click();
      await page.getByLabel('Your name').fill('Dora');
      await page.getByLabel('E-mail address').fill(email.toUpperCase());
      await page.getByLabel('Password', { exact: true }).fill('short');
      const submit = page.locator('[data-cy="button-signup-form"]');
      assert.equal(
        await page.evaluate(
          `getComputedStyle(document.querySelector('[data-cy="button-signup-form"]')).pointerEvents`,
        ),
        'none',
      );
      // Enter says what is missing, beside the field.
      await page.keyboard.press('Enter');
      await page.getByText('Use 8 characters or more').waitFor();
      assert.equal(await page.evaluate('document.activeElement.id'), 'password');
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await submit.click();
      await page.getByRole('heading', { name: 'Confirm your address' }).waitFor();
      // Away and back: the log-in page takes up where sign-up was left.
      await page.goto('/login');
      await page.getByLabel('E-mail address').fill(email);
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await press(page, 'Log in');
      await page.getByLabel('Code of six digits').fill('x');
      await page.keyboard.press('Enter');
      await page.getByText('Type the six digits from the e-mail').waitFor();
      await page.getByLabel('Code of six digits').fill(` ${await codeFor(web.lists, email)} `);
      await press(page, 'Confirm');
      await page.getByRole('heading', { name: 'You have no list yet' }).waitFor();

      await press(page, 'Create a list');
      const dialog = page.getByRole('dialog');
      await assertAccessible(page);
      await dialog.getByLabel('Title').fill('Ida & friends: 100%');
      await dialog.getByLabel('Occasion').selectOption('Birthday');
      await takeScreenshot(page, `web-create-list-${width}`);
      await dialog.locator('[data-cy="button-create-list"]').click();
      await page.waitForURL('**/edit/*?tab=1');

      const look = async (path: string) => {
        await page.getByLabel('Link of a product').fill(`${web.lists.simulators.url}/shops/${path}`);
        await page.keyboard.press('Enter');
      };
      await look('open-graph');
      await page.getByRole('heading', { name: 'Train Shop' }).waitFor();
      // A second search forgets the first: what is added is what is shown.
      await look('json-ld');
      await page.getByText('Stacking tower').first().waitFor();
      assert.equal(await page.getByRole('heading', { name: 'Train Shop' }).count(), 0);
      await page.getByLabel('Note for those who give').fill('In red');
      await page.getByRole('button', { name: 'One more' }).click();
      await page.locator('[data-cy="button-add-found-gift"]').click();
      await page.getByText('“In red”').waitFor();
      await page.getByText('wanted: 2').waitFor();

      await page.getByRole('tab', { name: 'Add gifts' }).click();
      await look('nothing');
      await page.getByText('The page says too little about the product').waitFor();
      await page.getByLabel('What is it?').fill('A kite');
      await page.getByLabel('Where is it from?').fill('Wind Shop');
      await page.locator('[data-cy="input-picture"]').setInputFiles(PICTURE);
      await page.locator('.picture-field img[src*="/pictures/"]').waitFor();
      await takeScreenshot(page, `web-manual-gift-${width}`);
      await page.locator('[data-cy="button-add-notfound-gift"]').click();
      await page
        .getByRole('button', { name: /Wind Shop/, exact: false })
        .first()
        .waitFor();
      await takeScreenshot(page, `web-two-gifts-${width}`);

      const mail = await page.locator('[data-cy="link-mailto"]').getAttribute('href');
      assert.ok(mail?.includes('Ida%20%26%20friends%3A%20100%25') && mail.includes('%0D%0A'));
      await press(page, 'QR code');
      await page.getByRole('img', { name: 'QR code that opens the list' }).waitFor();
      await assertAccessible(page);
      await page.keyboard.press('Escape');
      assert.equal(await page.evaluate('document.activeElement.dataset.cy'), 'button-qr');
      await page.locator('[data-cy="link-view"]').click();
      await page.getByText('A kite').waitFor();
      await page.context().close();
    });
  }

  test('J3 and guests: a reservation shows under "my reservations", and is taken back after a release', async () => {
    const listId = await makeList(web.lists);
    const productId = await addGift(web.lists, listId);
    const page = await web.open();
    await page.goto(`/lists/${listId}/reserve/${productId}`);
    await page.getByLabel('Your name').fill('Gran');
    await page.getByLabel('Your e-mail address').fill('gran@example.org');
    await page.getByRole('button', { name: 'Reserve' }).click();
    await page.waitForURL('**/reserve/*');
    const id = page.url().split('/').at(-1)?.split('?')[0];
    const released = await web.lists.send('DELETE', `/lists/reserve/${id}/email/gran@example.org`);
    assert.equal(released.status, 200);
    await page.goto('/reservations/mine');
    await page.getByText('Released').waitFor();
    await page.getByRole('button', { name: /^Reserve it again/ }).click();
    await page.getByText('Reserved', { exact: true }).waitFor();
    await page.context().close();
  });

  test('J5: a claimed gift cannot be deleted, a list is closed and opened again', async () => {
    const listId = await makeList(web.lists);
    const productId = await addGift(web.lists, listId, 2);
    await reserve(web.lists, { listId, productId }, 'cy@example.org');
    const page = await web.open({ as: ANA });
    await page.goto(`/edit/${listId}`);
    await page.locator('[data-cy="link-edit"]').click();
    await page.getByText('Somebody has taken this gift').waitFor();
    await assertAccessible(page);
    await takeScreenshot(page, 'web-edit-gift-390');
    await page.getByRole('button', { name: 'One more' }).click();
    // A group gift and the mark, in the same form.
    await page.getByLabel('Most wanted').check();
    await page.locator('[data-cy="popout-button-update"]').click();
    await page.getByText('wanted: 3').waitFor();
    await page.goto(`/settings/${listId}`);
    await press(page, 'Close the list');
    await page.getByText('The list is closed.').waitFor();
    await page.goto(`/edit/${listId}?tab=7`);
    await page.getByText('From Cy').waitFor();
    assert.equal(await page.getByRole('tab').count(), 2);
    await page.goto(`/settings/${listId}`);
    await press(page, 'Open it again');
    await page.getByText('The list is open again.').waitFor();
    await page.context().close();
  });

  test('a note can be emptied, and a free gift is removed only after a second word', async () => {
    const listId = await makeList(web.lists);
    const productId = await addGift(web.lists, listId);
    const path = `/lists/${listId}/product/${productId}`;
    await web.lists.send('PATCH', path, { as: ANA, body: { notes: 'In blue' } });
    const page = await web.open({ as: ANA });
    await page.goto(`/edit/${listId}`);
    await page.getByText('“In blue”').waitFor();
    await page.locator('[data-cy="link-edit"]').click();
    await page.getByLabel('Note for those who give').fill('');
    await page.locator('[data-cy="popout-button-update"]').click();
    await page.getByText('“In blue”').waitFor({ state: 'detached' });
    await page.locator('[data-cy="link-edit"]').click();
    await page.locator('[data-cy="button-delete-gift"]').click();
    await page.locator('[data-cy="popout-button-delete"]').click();
    await page.getByRole('heading', { name: 'No gifts yet' }).waitFor();
    await page.context().close();
  });

  test('the keyboard alone puts gifts in order, changes tabs and keeps the focus', async () => {
    const listId = await makeList(web.lists);
    const [first, second] = [await addGift(web.lists, listId), await addGift(web.lists, listId)];
    const page = await web.open({ as: ANA, width: 1_280 });
    await page.goto(`/edit/${listId}`);
    const down = page.getByRole('button', { name: /^Move .* down$/ }).first();
    await down.focus();
    await page.keyboard.press('Enter');
    await page.getByText('Moved to place 2 of 2').waitFor();
    const order = () =>
      page.locator('[data-cy="table-edit-products"] > li').evaluateAll((rows) => rows.map(({ id }) => id));
    assert.deepEqual(await order(), [second, first]);
    const { body } = await web.lists.send('GET', `/lists/${listId}/view`, { as: ANA });
    assert.deepEqual(
      body.gifts.map((gift: { productId: string }) => gift.productId),
      [second, first],
    );
    await page.getByRole('tab', { name: 'Gifts', exact: true }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByLabel('Link of a product').waitFor();
    assert.equal(await page.evaluate('document.activeElement.id'), 'AddItems');
    await page.context().close();
  });

  test('surprise mode hides what is reserved until it is switched off, with a warning', async () => {
    const listId = await makeList(web.lists, { eventDate: '03 May 2999' });
    const productId = await addGift(web.lists, listId);
    await web.lists.send('PATCH', `/lists/${listId}`, { as: ANA, body: { surprise: true } });
    await reserve(web.lists, { listId, productId }, 'cy@example.org');
    const page = await web.open({ as: ANA });
    await page.goto(`/edit/${listId}?tab=2`);
    await page.getByText('It is a surprise.').waitFor();
    assert.equal(await page.getByText('From Cy').count(), 0);
    await page.goto(`/settings/${listId}`);
    await page.getByLabel('Keep it a surprise for me').uncheck();
    await page.getByText('The surprise is over then.').waitFor();
    await press(page, 'Show me now');
    await page.getByText('Saved.').waitFor();
    await page.goto(`/edit/${listId}?tab=2`);
    await page.getByText('From Cy').waitFor();
    await page.context().close();
  });

  test('a list is deleted after its name was read, and the way out forgets the session', async () => {
    const listId = await makeList(web.lists, { title: 'Short-lived' });
    const page = await web.open({ as: ANA });
    await page.goto(`/settings/${listId}`);
    await page.locator('[data-cy="button-delete"]').click();
    await page.getByRole('heading', { name: 'Delete “Short-lived”?' }).waitFor();
    await page.locator('[data-cy="button-confirm"]').click();
    await page.getByRole('heading', { name: 'Your lists' }).waitFor();
    assert.equal(await page.getByText('Short-lived').count(), 0);
    const other = await web.open({ as: BO });
    await other.goto(`/settings/${await makeList(web.lists)}`);
    await other.getByRole('heading', { name: 'This page does not exist' }).waitFor();
    await page.context().close();
    await other.context().close();
  });

  test('the password is reset with a code', async () => {
    const page = await web.open();
    await page.goto('/reset');
    await page.getByLabel('E-mail address').fill(BO.email);
    await press(page, 'Send me a code');
    await page.getByLabel('Code of six digits').fill(await codeFor(web.lists, BO.email));
    await page.getByLabel('New password', { exact: true }).fill('Other-pass1');
    await page.getByLabel('Repeat the password').fill('Other-pass2');
    await page.keyboard.press('Enter');
    await page.getByText('The two passwords differ').waitFor();
    await page.getByLabel('Repeat the password').fill('Other-pass1');
    await press(page, 'Set password');
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    await page.context().close();
  });

  test('a message to the operators is thanked for by name', async () => {
    const page = await web.open();
    await page.goto('/contact');
    await page.getByLabel('Your name').fill('Eve');
    await page.getByLabel('E-mail address').fill('eve@example.org');
    await page.getByLabel('Message').fill('Hello');
    await press(page, 'Send');
    await page.getByText('Thank you, Eve.').waitFor();
    await page.context().close();
  });

  test('J7: a gift the catalogue lacks is put into it, and stays on its list', async () => {
    const listId = await makeList(web.lists);
    const body = { brand: 'Acorn', details: 'A top', url: 'https://www.acorn.example/top', quantity: 1 };
    const added = await web.lists.send('POST', `/lists/${listId}/products`, { as: ANA, body });
    const page = await web.open({ as: ADMIN });
    await page.goto(`/admin/update-users-gifts/${added.body.productId}`);
    assert.equal(await page.getByLabel('Shop').inputValue(), 'acorn.example');
    await page.getByLabel('Price').fill('7');
    await page.keyboard.press('Enter');
    await page.getByText('Write a price such as 12.50').waitFor();
    await page.getByLabel('Price').fill('7.00');
    await page.getByLabel('Link of the picture').fill('<img border="0" src="//img.example/top.jpg">');
    await press(page, 'Save');
    await page.getByRole('heading', { name: 'It is in the catalogue now' }).waitFor();
    const { body: view } = await web.lists.send('GET', `/lists/${listId}/view`, { as: ANA });
    assert.equal(view.gifts[0].type, 'products');
    assert.equal(view.gifts[0].product.imageUrl, '//img.example/top.jpg');
    await page.context().close();
  });

  test('a product of the catalogue is changed by its id, and lists show it', async () => {
    const listId = await makeList(web.lists);
    const productId = await addGift(web.lists, listId);
    const page = await web.open({ as: ADMIN });
    await page.goto('/admin/update-product');
    await page.getByLabel('Id of the product').fill('unknown');
    await press(page, 'Find');
    await page.getByText('There is no product unknown').waitFor();
    await page.getByLabel('Id of the product').fill(productId);
    await press(page, 'Find');
    await page.getByLabel('Price').fill('99.00');
    await assertAccessible(page);
    await takeScreenshot(page, 'web-update-product-390');
    await press(page, 'Save');
    await page.getByText('Lists show it at once').waitFor();
    const { body: view } = await web.lists.send('GET', `/lists/${listId}/view`, { as: ANA });
    assert.equal(view.gifts[0].product.price, '99.00');
    await page.context().close();
  });

  test('cookies: yes and no weigh the same, and no is kept', async () => {
    const page = await web.open();
    await page.goto('/about');
    await page.getByRole('button', { name: 'Only what is needed' }).click();
    await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
    assert.equal(await page.locator('.CookieConsent').count(), 0);
    assert.match(await page.evaluate('document.cookie'), /CookieConsent=false/);
    await page.context().close();
  });

  test('a lost connection is told with a way to try again', async () => {
    const page = await web.open({ as: ANA });
    await page.goto('/about');
    await page.route('**/my/lists', (route) => route.abort());
    await page.goto('/');
    await page.getByText('We could not load this.').waitFor();
    await page.unroute('**/my/lists');
    await press(page, 'Try again');
    await page.getByRole('heading', { name: 'Your lists' }).waitFor();
    await page.context().close();
  });
});
