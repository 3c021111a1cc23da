import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createLogger } from '#platform/telemetry';
import { type RunningSimulators, startSimulators } from '../index.ts';

describe('callback receiver', () => {
  let simulators: RunningSimulators;
  before(async () => {
    const log = createLogger({ level: 'silent', name: 'test' });
    simulators = await startSimulators({ host: '127.0.0.1', port: 0, smtpPort: 0, log });
  });
  after(() => simulators[Symbol.asyncDispose]());
  beforeEach(async () => {
    await fetch(`${simulators.url}/callbacks/data`, { method: 'DELETE' });
    await setToken(null);
  });

  const setToken = (token: unknown) =>
    fetch(`${simulators.url}/callbacks/settings`, { method: 'PUT', body: JSON.stringify({ token }) });
  const post = (body: string, authorization?: string) =>
    fetch(`${simulators.url}/callbacks/service/a`, {
      method: 'POST',
      headers: authorization === undefined ? {} : { authorization },
      body,
    });

  it('takes callbacks of every kind and shows them', async () => {
    const bodies = [
      { id: 'n1', status: 'delivered', to: 'a@example.test' },
      { id: 't1', source_number: '447700900123', message: 'hi' },
      { notification_id: 'n2', template_name: 'x' },
      { notification_id: 'n3', complaint_id: 'c1' },
    ];
    for (const body of bodies) assert.equal((await post(JSON.stringify(body), 'Bearer any')).status, 200);
    const shown = (await (await fetch(`${simulators.url}/callbacks/messages`)).json()) as Record<
      string,
      unknown
    >[];
    assert.deepEqual(
      shown.map(({ kind, key, path, body }) => ({ kind, key, path, body })),
      [
        { kind: 'delivery status', key: 'n1 delivered', path: '/service/a', body: bodies[0] },
        { kind: 'received text', key: 't1', path: '/service/a', body: bodies[1] },
        { kind: 'returned letter', key: 'n2', path: '/service/a', body: bodies[2] },
        { kind: 'complaint', key: 'c1', path: '/service/a', body: bodies[3] },
      ],
    );
    assert.match(await (await fetch(`${simulators.url}/callbacks`)).text(), /447700900123/);
  });

  it('insists on a bearer token, and on the right one once it is set', async () => {
    assert.equal((await post('{}')).status, 401);
    assert.equal((await post('{}', 'Basic abc')).status, 401);
    await setToken('right-token');
    assert.equal((await post('{"id":"1","status":"x"}', 'Bearer wrong-token')).status, 403);
    assert.equal((await post('{"id":"1","status":"x"}', 'Bearer right-token')).status, 200);
    assert.equal((await setToken(7)).status, 400);
  });

  it('counts a callback that comes twice', async () => {
    for (let time = 0; time < 2; time += 1) await post('{"id":"1","status":"delivered"}', 'Bearer any');
    const audit = await (await fetch(`${simulators.url}/callbacks/audit`)).json();
    assert.deepEqual(audit, [{ id: '1 delivered', created: 2, changed: 0, deleted: 0 }]);
  });

  it('refuses what is not JSON, and what a fault says', async () => {
    assert.equal((await post('no', 'Bearer any')).status, 400);
    const faults = [{ kind: 'status', status: 503, count: 1 }];
    await fetch(`${simulators.url}/callbacks/faults`, { method: 'PUT', body: JSON.stringify(faults) });
    assert.equal((await post('{"id":"1"}', 'Bearer any')).status, 503);
    assert.deepEqual(await (await fetch(`${simulators.url}/callbacks/audit`)).json(), []);
  });
});
