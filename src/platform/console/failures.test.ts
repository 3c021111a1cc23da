import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Type } from 'typebox';
import { searchAudit } from '#platform/auth';
import { defineTask } from '#platform/jobs';
import { openConsole, type TestConsole } from '../../../test/pages/open-console.ts';
import type { TestBrowser } from '../../../test/pages/test-browser.ts';

let isDown = true;
const task = defineTask({
  name: 'directory.match_services',
  payload: Type.Object({ odsCode: Type.String({ minLength: 5 }) }),
  retries: { limit: 0, delaySeconds: 1, backoff: false },
  batchSize: 20,
  concurrency: 1,
  timeoutSeconds: 30,
  run: async (jobs) =>
    jobs.map(({ id, payload }) =>
      isDown || payload.odsCode === 'WRONG'
        ? { id, status: 'failed', error: Object.assign(new Error('no answer'), { status: 503 }) }
        : { id, status: 'completed' },
    ),
});

let console: TestConsole;
let operator: TestBrowser;

before(async () => {
  console = await openConsole([{ name: 'directory', title: 'Directory', health: async () => ({}) }], [task]);
  operator = await console.browserOf('operator');
});
after(() => console.close());

async function failJob(odsCode: string): Promise<string> {
  const { jobs } = console.store;
  isDown = true;
  const [id = ''] = await jobs.enqueue(null, task, [{ payload: { odsCode }, correlationId: `c-${odsCode}` }]);
  await jobs.drain();
  return id;
}

async function runEverything(): Promise<void> {
  isDown = false;
  await console.store.jobs.drain();
}

test('a failed job is listed with its cause, and its journey shows the attempt', async () => {
  const id = await failJob('LISTED');
  for (const path of ['/failures', '/failures?module=directory', '/failures?cause=HTTP+503']) {
    const { body } = await operator.get(path);
    assert.match(body, new RegExp(`href="/failures/${id}"`), path);
    assert.match(body, /HTTP 503/);
  }
  assert.doesNotMatch((await operator.get('/failures?module=notify')).body, new RegExp(id));
  assert.match((await operator.get('/failures?state=ignored')).body, /No failures match these filters/);
  const journey = await operator.get('/register/journeys/c-LISTED');
  assert.match(journey.body, /attempt 1 failed/);
  assert.match(journey.body, new RegExp(`href="/failures/${id}"`));
});

test('running a failed job again recovers it', async () => {
  const id = await failJob('RETRY1');
  await operator.get(`/failures/${id}`);
  const answer = await operator.submit(`/failures/${id}/retry`, {});
  assert.equal(answer.headers.location, `/failures/${id}`);
  assert.match((await operator.get(`/failures/${id}`)).body, /The job runs again/);
  await runEverything();
  assert.match((await operator.get(`/failures/${id}`)).body, /Recovered/);
  const late = await operator.submit(`/failures/${id}/retry`, {});
  assert.equal(late.statusCode, 303);
  assert.match((await operator.get(`/failures/${id}`)).body, /nothing was done/);
});

test('an edited payload must be JSON that the task accepts, and its former text is kept', async () => {
  const id = await failJob('WRONG');
  await operator.get(`/failures/${id}/edit`);
  const broken = await operator.submit(`/failures/${id}/edit`, { payload: '{"odsCode": ' });
  assert.equal(broken.statusCode, 422);
  assert.match(broken.body, /<a href="#payload">The payload must be JSON/);
  assert.match(broken.body, /\{&quot;odsCode&quot;: <\/textarea>/);
  const refused = await operator.submit(`/failures/${id}/edit`, { payload: '{"odsCode": "A"}' });
  assert.equal(refused.statusCode, 422);
  assert.match(refused.body, /odsCode/);
  const payload = '{"odsCode": "RIGHT"}';
  const saved = await operator.submit(`/failures/${id}/edit`, { payload, after: 'retry' });
  assert.equal(saved.statusCode, 303);
  await runEverything();
  const { body } = await operator.get(`/failures/${id}`);
  assert.match(body, /Recovered/);
  assert.match(body, /Former payloads \(1\)/);
  assert.match(body, /WRONG/);
});

test('ignoring needs a reason, which is shown and audited', async () => {
  const id = await failJob('IGNORE');
  await operator.get(`/failures/${id}/ignore`);
  const without = await operator.submit(`/failures/${id}/ignore`, { reason: ' ' });
  assert.equal(without.statusCode, 422);
  assert.match(without.body, /Enter why the job can be ignored/);
  await operator.submit(`/failures/${id}/ignore`, { reason: 'The pharmacy has closed' });
  assert.match((await operator.get(`/failures/${id}`)).body, /The pharmacy has closed/);
  const { entries } = await searchAudit(console.auth.db.kysely, { text: `job:${id}` }, { limit: 5 });
  assert.deepEqual(
    entries.map(({ action, actor }) => [action, actor.kind]),
    [['job.ignored', 'operator']],
  );
});

test('a redrive says how many jobs match before it starts, and its page follows it', async () => {
  const ids = [await failJob('MANY1'), await failJob('MANY2')];
  const path = '/failures/redrive?task=directory.match_services&cause=HTTP+503';
  const form = await operator.get(path);
  const matched = Number(/<strong>(\d+)<\/strong> failed jobs match/.exec(form.body)?.[1]);
  assert.ok(matched >= ids.length);
  const filter = { task: 'directory.match_services', cause: 'HTTP 503' };
  const wrong = await operator.submit('/failures/redrive', {
    ...filter,
    canary: 'x',
    rate: '0',
    errorRate: '101',
  });
  assert.equal(wrong.statusCode, 422);
  for (const field of ['canary', 'rate', 'errorRate'])
    assert.match(wrong.body, new RegExp(`href="#${field}"`));
  const started = await operator.submit('/failures/redrive', {
    ...filter,
    canary: '1',
    rate: '',
    errorRate: '50',
  });
  const progress = String(started.headers.location);
  assert.match(progress, /^\/failures\/redrives\/[\da-f-]{36}$/);
  assert.match((await operator.get(progress)).body, /Trying a few first/);
  await runEverything();
  const fragment = await operator.get(`${progress}/state`);
  assert.match(fragment.body, /Finished/);
  assert.match(fragment.body, /data-refresh-ended/);
  assert.doesNotMatch(fragment.body, /<html/);
  for (const id of ids) assert.match((await operator.get(`/failures/${id}`)).body, /Recovered/);
});

test('a redrive can be stopped', async () => {
  await failJob('STOPS');
  await operator.get('/failures/redrive');
  const started = await operator.submit('/failures/redrive', { canary: '1' });
  const progress = String(started.headers.location);
  await operator.get(progress);
  await operator.submit(`${progress}/stop`, {});
  assert.match((await operator.get(progress)).body, /The run is stopped/);
  await operator.submit(`${progress}/resume`, {});
  assert.match((await operator.get(progress)).body, /nothing was done/);
});

test('a viewer sees failures but can change nothing', async () => {
  const id = await failJob('VIEWED');
  const viewer = await console.browserOf('viewer');
  assert.doesNotMatch((await viewer.get(`/failures/${id}`)).body, /Run it again/);
  for (const path of [
    `/failures/${id}/retry`,
    `/failures/${id}/edit`,
    `/failures/${id}/ignore`,
    '/failures/redrive',
  ]) {
    assert.equal((await viewer.submit(path, { reason: 'x', payload: '{}' })).statusCode, 403, path);
  }
  assert.equal((await viewer.get('/failures/redrive')).statusCode, 403);
  assert.equal((await console.store.jobs.failures.get(id))?.state, 'failed');
});

test('unknown failures and runs are not found', async () => {
  for (const path of [
    '/failures/x',
    '/failures/0196a3c1-77f2-7d40-9a51-3f0f1c6e2b90',
    '/failures/redrives/x',
  ]) {
    assert.equal((await operator.get(path)).statusCode, 404, path);
  }
});
