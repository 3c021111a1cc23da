import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { postNotice } from '../../scripts/workflow/notices.ts';

test('a notice reaches the webhook as it is promised, and a webhook that fails disturbs nobody', async () => {
  await using stack = new AsyncDisposableStack();
  const bodies: unknown[] = [];
  let status = 200;
  const server = createServer(async (request, response) => {
    bodies.push(JSON.parse(await text(request)));
    response.writeHead(status).end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.defer(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const failures: unknown[] = [];
  const merge = {
    kind: 'merge',
    tag: 'release/2026-01-02',
    branch: 'main',
    caller: 'alice',
    result: 'succeeded',
    result_detail: undefined,
    action_url: 'https://example.org/1',
  } as const;
  assert.equal(await postNotice(url, merge, (error) => failures.push(error)), 'ok');
  const message = {
    kind: 'message',
    environment: 'dev',
    subject: 's',
    message: 'm',
    state: 'FAILED',
  } as const;
  await postNotice(url, message, (error) => failures.push(error));
  const { kind: _kind, ...sent } = merge;
  assert.deepEqual(bodies, [
    { ...sent, result_detail: 'None' },
    { environment: 'dev', subject: 's', message: 'm', state: 'FAILED' },
  ]);
  assert.equal(failures.length, 0);
  status = 500;
  assert.equal(await postNotice(url, message, (error) => failures.push(error)), undefined);
  assert.equal(await postNotice('http://127.0.0.1:9', message, (error) => failures.push(error)), undefined);
  assert.equal(failures.length, 2);
});
