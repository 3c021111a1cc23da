import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createOperator, searchAudit } from '#platform/auth';
import { openConsole, PASSWORD, type TestConsole } from '../../../test/pages/open-console.ts';

const cli = { kind: 'cli', id: 'root', name: 'root' } as const;
let console: TestConsole;

before(async () => {
  console = await openConsole();
});
after(() => console.close());

test('a page asks for sign-in first and is shown afterwards', async () => {
  const created = await createOperator(console.auth.db, {
    email: 'ada@example.org',
    role: 'viewer',
    actor: cli,
  });
  const browser = console.newBrowser();
  const asked = await browser.get('/register?id=ABC1');
  assert.equal(asked.statusCode, 303);
  assert.equal(asked.headers.location, '/sign-in?next=%2Fregister%3Fid%3DABC1');

  const link = await browser.get(created?.path ?? '');
  assert.match(link.body, /ada@example\.org/);
  const once = await browser.submit(created?.path ?? '', {});
  assert.equal(once.headers.location, '/account/set-password');
  const elsewhere = await browser.get('/register');
  assert.equal(elsewhere.headers.location, '/account/set-password');
  await browser.get('/account/set-password');
  const set = await browser.submit('/account/set-password', { password: PASSWORD });
  assert.equal(set.headers.location, '/');
  assert.match((await browser.get('/')).body, /Your password is set/);
  assert.doesNotMatch((await browser.get('/')).body, /Your password is set/);

  const again = console.newBrowser();
  await again.visit('/register?id=ABC1');
  const planted = again.cookies.get('signalbox_visit');
  const signedIn = await again.submit('/sign-in', {
    email: 'ada@example.org',
    password: PASSWORD,
    next: '/register?id=ABC1',
  });
  assert.equal(signedIn.headers.location, '/register?id=ABC1');
  const cookie = signedIn.cookies.find(({ name }) => name === 'signalbox_session');
  assert.equal(cookie?.httpOnly, true);
  assert.equal(cookie?.sameSite, 'Lax');
  assert.notEqual(cookie?.value, planted);
  assert.equal((await again.get('/register?id=ABC1')).statusCode, 200);
});

test('a used link and an unknown one say so without saying whose they were', async () => {
  const created = await createOperator(console.auth.db, {
    email: 'used@example.org',
    role: 'viewer',
    actor: cli,
  });
  const browser = console.newBrowser();
  await browser.get(created?.path ?? '');
  await browser.submit(created?.path ?? '', {});
  for (const path of [created?.path ?? '', '/sign-in/once/unknown']) {
    const page = await console.newBrowser().get(path);
    assert.equal(page.statusCode, 410);
    assert.doesNotMatch(page.body, /used@example\.org/);
  }
});

test('wrong and missing credentials show what to mend beside the field', async () => {
  const browser = console.newBrowser();
  await browser.get('/sign-in');
  const empty = await browser.submit('/sign-in', {});
  assert.equal(empty.statusCode, 422);
  assert.match(empty.body, /<a href="#email">Enter your email address<\/a>/);
  assert.match(empty.body, /id="password-error"/);
  assert.match(empty.body, /<title>Error: Sign in – Signalbox<\/title>/);
  const wrong = await browser.submit('/sign-in', { email: 'x@example.org', password: 'wrong' });
  assert.match(wrong.body, /The email address or password is wrong/);
  assert.match(wrong.body, /value="x@example\.org"/);
});

test('after sign-in no other site is the destination', async () => {
  for (const next of [
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
  ]) {
    const browser = console.newBrowser();
    const page = await browser.get(`/sign-in?next=${encodeURIComponent(next)}`);
    assert.match(page.body, /name="next" value="\/"/, next);
  }
});

test('a form without its token, with another browser’s, or from another site is refused', async () => {
  const browser = await console.browserOf('admin');
  await browser.get('/account');
  const other = await console.browserOf('admin');
  const otherPage = await other.get('/account');
  const otherToken = /name="_csrf" value="([^"]+)"/.exec(otherPage.body)?.[1] ?? '';
  for (const _csrf of ['', otherToken]) {
    const refused = await browser.submit('/sign-out', { _csrf });
    assert.equal(refused.statusCode, 403);
    assert.match(refused.body, /This form is no longer valid/);
  }
  const page = await browser.get('/account');
  const token = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  const foreign = await console.app.inject({
    method: 'POST',
    url: '/sign-out',
    headers: {
      cookie: `signalbox_session=${browser.cookies.get('signalbox_session')}`,
      'sec-fetch-site': 'cross-site',
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: `_csrf=${token}`,
  });
  assert.equal(foreign.statusCode, 403);
  assert.equal((await browser.get('/account')).statusCode, 200);
});

test('signing out ends the session for whoever kept its cookie', async () => {
  const browser = await console.browserOf('viewer');
  await browser.get('/');
  const token = browser.cookies.get('signalbox_session') ?? '';
  const out = await browser.submit('/sign-out', {});
  assert.equal(out.headers.location, '/sign-in');
  assert.equal(browser.cookies.has('signalbox_session'), false);
  assert.match((await browser.get('/sign-in')).body, /You have signed out/);
  browser.cookies.set('signalbox_session', token);
  assert.equal((await browser.get('/')).statusCode, 303);
  const { entries } = await searchAudit(console.auth.db.kysely, { text: 'sign_in.ended' }, { limit: 5 });
  assert.equal(entries.length, 1);
});

test('every page forbids foreign scripts, styles and frames, and no page is kept by caches', async () => {
  const page = await console.newBrowser().get('/sign-in');
  const policy = String(page.headers['content-security-policy']);
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(page.headers['cache-control'], 'no-store');
});

test('assets are kept by browsers for a year and change their address with their content', async () => {
  const browser = console.newBrowser();
  const { body } = await browser.get('/sign-in');
  for (const name of ['govuk-frontend.min.css', 'console.css', 'console.js', 'favicon.svg']) {
    const path = new RegExp(`/assets/[0-9a-f]{16}/${name}`).exec(body)?.[0] ?? '';
    const asset = await browser.get(path);
    assert.equal(asset.statusCode, 200, name);
    assert.match(String(asset.headers['cache-control']), /max-age=31536000, immutable/);
  }
});
