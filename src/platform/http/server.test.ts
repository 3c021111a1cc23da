import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, createMetrics, createTracer } from '#platform/telemetry';
import { createHttpServer } from './server.ts';

function createServer() {
  const log = createLogger({ level: 'silent', name: 'test' });
  return createHttpServer({
    name: 'test',
    log,
    metrics: createMetrics(),
    tracer: createTracer({ endpoint: undefined, serviceName: 'test', log }),
  });
}

test('a percent sign that begins no character stands for itself, and reaches the route', async () => {
  await using stack = new AsyncDisposableStack();
  const app = createServer();
  stack.defer(() => app.close());
  app.get<{ Params: { id: string } }>('/things/:id', async (request) => request.params.id);
  for (const [path, id] of [
    ['/things/%zz', '%zz'],
    ['/things/100%', '100%'],
    ['/things/%ff%41', '%ff%41'],
    ['/things/%C3%A9-%', 'é-%'],
    ['/things/%2F?a=%zz', '/'],
  ]) {
    const response = await app.inject({ method: 'GET', url: path ?? '' });
    assert.equal(response.body, id, path);
  }
});

test('an id as long as a URL reaches the route', async () => {
  await using stack = new AsyncDisposableStack();
  const app = createServer();
  stack.defer(() => app.close());
  app.get<{ Params: { id: string } }>('/things/:id', async (request) => String(request.params.id.length));
  const response = await app.inject({ method: 'GET', url: `/things/${'x'.repeat(9_000)}` });
  assert.equal(response.body, '9000');
});
