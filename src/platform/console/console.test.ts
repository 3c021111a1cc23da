import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Type } from 'typebox';
import { listOperators, searchAudit } from '#platform/auth';
import { defineTask } from '#platform/jobs';
import { openConsole, type TestConsole } from '../../../test/pages/open-console.ts';

const moduleView = new URL('../../../test/pages/module-page.njk', import.meta.url);
const task = defineTask({
  name: 'directory.match_services',
  payload: Type.Object({}),
  retries: { limit: 0, delaySeconds: 1, backoff: false },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: 30,
  run: async () => undefined,
});
let console: TestConsole;
let isFormAccepted = false;

before(async () => {
  const modules = [
    {
      name: 'directory',
      title: 'Directory',
      health: async () => ({ dos: { status: 'DOWN' as const } }),
      section: {
        name: 'directory',
        title: 'Directory',
        links: [{ href: '/pages/directory/services', text: 'Services' }],
        register: async (app, page) => {
          app.get('/services', async (_request, reply) =>
            page.render(reply, moduleView, { title: 'Services' }),
          );
          app.get('/broken', async () => {
            throw new Error('secret detail of the inside');
          });
          app.post('/services', { preHandler: page.requireRole('operator') }, async (_request, reply) => {
            isFormAccepted = true;
            return page.redirect(reply, '/pages/directory/services', 'Saved');
          });
        },
      },
    },
    {
      name: 'notify',
      title: 'Notify',
      health: async () => {
        throw new Error('no database');
      },
    },
  ] satisfies Parameters<typeof openConsole>[0];
  console = await openConsole(modules, [task]);
});
after(() => console.close());

test('home shows each module with what is down and how much waits', async () => {
  await console.store.jobs.enqueue(null, task, [{ payload: {} }, { payload: {} }]);
  const browser = await console.browserOf('viewer');
  const { body } = await browser.get('/');
  assert.match(body, /Not answering: dos/);
  assert.match(body, /Not answering: health check \(failed\)/);
  assert.match(body, /href="\/jobs#directory">2<\/a>/);
  const fragment = await browser.get('/home/module-states');
  assert.match(fragment.body, /Not answering: dos/);
  assert.doesNotMatch(fragment.body, /<html/);
});

test('a module’s pages have the shell, the sign-in, the form token and the roles of the console', async () => {
  assert.equal((await console.newBrowser().get('/pages/directory/services')).statusCode, 303);
  const viewer = await console.browserOf('viewer');
  const page = await viewer.get('/pages/directory/services');
  assert.match(page.body, /<title>Services – Signalbox<\/title>/);
  assert.match(page.body, /aria-current="page"/);
  await viewer.get('/account');
  assert.equal((await viewer.submit('/pages/directory/services', {})).statusCode, 403);
  const operator = await console.browserOf('operator');
  assert.equal((await operator.submit('/pages/directory/services', { _csrf: 'forged' })).statusCode, 403);
  assert.equal(isFormAccepted, false);
  await operator.get('/account');
  assert.equal((await operator.submit('/pages/directory/services', {})).statusCode, 303);
  assert.equal(isFormAccepted, true);
});

test('a page that fails says nothing of the inside', async () => {
  const browser = await console.browserOf('viewer');
  const broken = await browser.get('/pages/directory/broken');
  assert.equal(broken.statusCode, 500);
  assert.match(broken.body, /Sorry, there is a problem/);
  assert.doesNotMatch(broken.body, /secret detail/);
  const missing = await browser.get('/no-such-page');
  assert.equal(missing.statusCode, 404);
  assert.match(missing.body, /Page not found/);
  assert.equal((await console.newBrowser().get('/no-such-page')).statusCode, 404);
});

test('an operator pauses and resumes a queue; a viewer cannot', async () => {
  const operator = await console.browserOf('operator');
  await operator.get('/jobs');
  await operator.submit('/jobs/directory.match_services/pause', {});
  assert.match((await operator.get('/jobs')).body, /govuk-tag--yellow">Paused/);
  const viewer = await console.browserOf('viewer');
  await viewer.get('/account');
  assert.equal((await viewer.submit('/jobs/directory.match_services/resume', {})).statusCode, 403);
  assert.doesNotMatch((await viewer.get('/jobs')).body, />Resume/);
  await operator.get('/jobs');
  await operator.submit('/jobs/directory.match_services/resume', {});
  assert.doesNotMatch((await operator.get('/jobs')).body, /govuk-tag--yellow">Paused/);
  assert.equal((await operator.submit('/jobs/no.such_queue/pause', {})).statusCode, 404);
});

test('only an admin manages operators', async () => {
  for (const role of ['viewer', 'operator'] as const) {
    const browser = await console.browserOf(role);
    assert.equal((await browser.get('/operators')).statusCode, 403);
    assert.doesNotMatch((await browser.get('/')).body, /href="\/operators"/);
  }
  const admin = await console.browserOf('admin');
  await admin.get('/operators/add');
  const invalid = await admin.submit('/operators/add', { email: 'no address', role: 'viewer' });
  assert.match(invalid.body, /<a href="#email">Enter an email address/);
  const added = await admin.submit('/operators/add', { email: 'new@example.org', role: 'viewer' });
  assert.match(added.body, /\/sign-in\/once\/[\w-]{43}/);
  const again = await admin.submit('/operators/add', { email: 'NEW@example.org', role: 'viewer' });
  assert.match(again.body, /There is already an operator with this email address/);
  const operator = (await listOperators(console.auth.db)).find(({ email }) => email === 'new@example.org');
  const path = `/operators/${operator?.id}`;
  await admin.submit(`${path}/role`, { role: 'operator' });
  assert.match((await admin.get(path)).body, /new@example\.org has the operator role/);
  await admin.submit(`${path}/disable`, {});
  assert.match((await admin.get(path)).body, /can no longer sign in/);
  await admin.submit(`${path}/enable`, {});
  const link = await admin.submit(`${path}/sign-in-link`, {});
  assert.match(link.body, /\/sign-in\/once\/[\w-]{43}/);
  const { entries } = await searchAudit(
    console.auth.db.kysely,
    { text: `operator:${operator?.id}` },
    { limit: 9 },
  );
  assert.deepEqual(entries.map(({ action }) => action).toReversed(), [
    'operator.created',
    'operator.role_changed',
    'operator.disabled',
    'operator.enabled',
    'operator.sign_in_link_issued',
  ]);
});

test('the audit page finds entries by how a name begins', async () => {
  const browser = await console.browserOf('viewer');
  const { body } = await browser.get('/audit?text=queue.');
  assert.match(body, /queue\.<wbr>paused/);
  assert.doesNotMatch(body, /sign_in\.<wbr>succeeded/);
  assert.match((await browser.get('/audit?text=nobody-did-this')).body, /No entries match/);
});

test('a changed password needs the current one and keeps this browser signed in', async () => {
  const browser = await console.browserOf('viewer');
  await browser.get('/account');
  const wrong = await browser.submit('/account', { current: 'wrong', password: 'a new long password' });
  assert.match(wrong.body, /Your current password is wrong/);
  const changed = await browser.submit('/account', {
    current: 'correct horse battery',
    password: 'a new long password',
  });
  assert.equal(changed.statusCode, 303);
  assert.match((await browser.get('/account')).body, /Your password is changed/);
});
