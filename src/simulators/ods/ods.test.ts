import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '#platform/telemetry';
import { startSimulators } from '../index.ts';

test('the organisation directory knows listed and real-looking codes, and can be taken down', async () => {
  const log = createLogger({ level: 'silent', name: 'test' });
  await using simulators = await startSimulators({ host: '127.0.0.1', port: 0, smtpPort: 0, log });
  const ask = async (code: string) =>
    fetch(`${simulators.url}/ods/ORD/2-0-0/organisations/${encodeURIComponent(code)}`);
  for (const code of ['F5H1R', 'AB123', 'RJ5', 'A12345', 'RX1', 'FX123', 'Y12345']) {
    const response = await ask(code);
    assert.equal(response.status, 200, code);
    const body = (await response.json()) as { Organisation: { OrgId: { extension: string } } };
    assert.equal(body.Organisation.OrgId.extension, code);
  }
  for (const code of ['f5h1r', 'F5H1R-INVALID', 'NOBODY', 'ABC', '', 'é', 'TOOLONG1234']) {
    assert.equal((await ask(code)).status, 404, code);
  }
  const fault = [{ match: { path: '/ORD/*' }, kind: 'status', status: 503 }];
  await fetch(`${simulators.url}/ods/faults`, { method: 'PUT', body: JSON.stringify(fault) });
  assert.equal((await ask('F5H1R')).status, 503);
  const calls = (await (await fetch(`${simulators.url}/ods/calls`)).json()) as { path: string }[];
  assert.equal(calls.at(-1)?.path, '/ORD/2-0-0/organisations/F5H1R');
  assert.match(await (await fetch(`${simulators.url}/ods`)).text(), /Example Software Supplier/);
});
