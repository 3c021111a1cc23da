import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createLogger } from '#platform/telemetry';
import { type RunningSimulators, startSimulators } from '../index.ts';

const ALERT = { text: 'all is well' };

describe('simulator controls and faults', () => {
  let simulators: RunningSimulators;
  before(async () => {
    const log = createLogger({ level: 'silent', name: 'test' });
    simulators = await startSimulators({ host: '127.0.0.1', port: 0, smtpPort: 0, log });
  });
  after(() => simulators[Symbol.asyncDispose]());
  beforeEach(async () => {
    await setFaults([]);
    await fetch(`${simulators.url}/slack/calls`, { method: 'DELETE' });
    await fetch(`${simulators.url}/profile-editor/calls`, { method: 'DELETE' });
  });

  const post = (path = '/slack', body: unknown = ALERT, signal?: AbortSignal) =>
    fetch(simulators.url + path, { method: 'POST', body: JSON.stringify(body), signal: signal ?? null });
  const setFaults = (faults: unknown, name = 'slack') =>
    fetch(`${simulators.url}/${name}/faults`, { method: 'PUT', body: JSON.stringify(faults) });
  const calls = async (name: string, query = ''): Promise<Record<string, unknown>[]> => {
    const response = await fetch(`${simulators.url}/${name}/calls${query}`);
    assert.equal(response.status, 200);
    // What the controls answer is the subject of these tests; each asserts on the members it reads.
    return (await response.json()) as Record<string, unknown>[];
  };

  it('records each call with its query and without the prefix, oldest first', async () => {
    await fetch(`${simulators.url}/profile-editor/nothing?here=1`, { headers: { 'x-mark': 'a' } });
    await post('/profile-editor/other', { n: 1 });
    const [first, second, ...rest] = await calls('profile-editor');
    assert.equal(rest.length, 0);
    assert.deepEqual(
      { method: first?.method, path: first?.path, body: first?.body, status: first?.status },
      { method: 'GET', path: '/nothing?here=1', body: '', status: 404 },
    );
    assert.partialDeepStrictEqual(first, { headers: { 'x-mark': 'a' } });
    assert.deepEqual({ method: second?.method, body: second?.body }, { method: 'POST', body: '{"n":1}' });
    assert.match(String(first?.time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('lists only calls at or after since, and refuses a since that is no time', async () => {
    await post('/profile-editor/before');
    const later = new Date(Date.now() + 60_000).toISOString();
    assert.deepEqual(await calls('profile-editor', `?since=${later}`), []);
    assert.equal((await calls('profile-editor', '?since=0')).length, 1);
    const refused = await fetch(`${simulators.url}/profile-editor/calls?since=yesterday`);
    assert.equal(refused.status, 400);
  });

  it('answers the status of a fault for matching requests until its count is spent', async () => {
    await setFaults([
      { match: { method: 'POST', path: '/services/*' }, kind: 'status', status: 503, count: 2 },
    ]);
    assert.equal((await post('/slack')).status, 200);
    assert.equal((await post('/slack/services/T1/B1')).status, 503);
    assert.equal((await post('/slack/services/T1/B1')).status, 503);
    assert.equal((await post('/slack/services/T1/B1')).status, 200);
    const faults = await (await fetch(`${simulators.url}/slack/faults`)).json();
    assert.deepEqual(faults, [
      { match: { method: 'POST', path: '/services/*' }, kind: 'status', status: 503, count: 0 },
    ]);
    assert.equal((await calls('slack')).length, 2);
  });

  it('does the work and never answers on timeout_after_commit', async () => {
    await setFaults([{ kind: 'timeout_after_commit', count: 1 }]);
    await assert.rejects(post('/slack', ALERT, AbortSignal.timeout(200)), { name: 'TimeoutError' });
    assert.deepEqual(await calls('slack'), ['all is well']);
  });

  it('closes the connection after delayMs on timeout_after_commit', async () => {
    await setFaults([{ kind: 'timeout_after_commit', delayMs: 20 }]);
    await assert.rejects(post('/slack'), { message: 'fetch failed' });
    assert.deepEqual(await calls('slack'), ['all is well']);
  });

  for (const kind of ['reset', 'gone']) {
    it(`destroys the connection without doing the work on ${kind}`, async () => {
      await setFaults([{ kind }]);
      await assert.rejects(post('/slack'), { message: 'fetch failed' });
      assert.deepEqual(await calls('slack'), []);
    });
  }

  it('waits and then works on delay', async () => {
    await setFaults([{ kind: 'delay', delayMs: 120 }]);
    const started = performance.now();
    assert.equal((await post('/slack')).status, 200);
    assert.ok(performance.now() - started >= 115);
  });

  it('never strikes at rate 0 and leaves other simulators alone', async () => {
    await setFaults([{ kind: 'reset', rate: 0 }]);
    assert.equal((await post('/slack')).status, 200);
    await setFaults([{ kind: 'gone' }]);
    assert.equal((await fetch(`${simulators.url}/mail`)).status, 200);
  });

  it('refuses unusable faults with every problem and keeps the old ones', async () => {
    await setFaults([{ kind: 'status', status: 500 }]);
    const refused = await setFaults([
      { kind: 'explode' },
      { kind: 'status' },
      { kind: 'delay', delayMs: -1, colour: 1 },
    ]);
    assert.equal(refused.status, 400);
    assert.deepEqual(await refused.json(), {
      message: 'The request is not usable. Change what is listed and send it again.',
      problems: [
        '[0].kind must be one of status, delay, timeout_after_commit, reset, gone',
        '[1].status is needed for kind status',
        '[2] must not have additional properties: colour',
        '[2].delayMs must be >= 0',
      ],
    });
    assert.equal((await setFaults({ kind: 'gone' })).status, 400);
    const kept = await (await fetch(`${simulators.url}/slack/faults`)).json();
    assert.deepEqual(kept, [{ kind: 'status', status: 500 }]);
  });

  it('refuses a control used with another method, an unknown simulator and a page of another site', async () => {
    const control = await fetch(`${simulators.url}/slack/faults`, { method: 'DELETE' });
    assert.deepEqual(
      [control.status, await control.json()],
      [405, { message: 'Use GET or PUT for /faults.' }],
    );
    assert.equal((await fetch(`${simulators.url}/fax`)).status, 404);
    const foreign = await fetch(`${simulators.url}/slack/data`, {
      method: 'DELETE',
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    assert.equal(foreign.status, 403);
  });

  it('answers that there is no audit where no records are kept, and clears data anywhere', async () => {
    assert.equal((await fetch(`${simulators.url}/slack/audit`)).status, 404);
    assert.equal((await fetch(`${simulators.url}/slack/data`, { method: 'DELETE' })).status, 204);
  });

  it('lists every simulator on the front page', async () => {
    const page = await (await fetch(simulators.url)).text();
    for (const name of ['/profile-editor', '/mail', '/slack'])
      assert.ok(page.includes(`href="${name}"`), name);
  });
});
