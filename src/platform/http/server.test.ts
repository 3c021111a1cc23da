import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, createMetrics, createTracer } from '#platform/telemetry';
import { createHttpServer } from './server.ts';

function createServer(trustedProxies: string[] = []) {
  const log = createLogger({ level: 'silent', name: 'test' });
  return createHttpServer({
    name: 'test',
    log,
    metrics: createMetrics(),
    trustedProxies,
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

test('what a proxy says of its caller counts only when the proxy is trusted', async () => {
  await using stack = new AsyncDisposableStack();
  const headers = { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' };
  for (const [trustedProxies, expected] of [
    [[], '127.0.0.1 http'],
    [['10.0.0.0/8'], '127.0.0.1 http'],
    [['127.0.0.0/8'], '198.51.100.7 https'],
  ] as const) {
    const app = createServer([...trustedProxies]);
    stack.defer(() => app.close());
    app.get('/caller', async (request) => `${request.ip} ${request.protocol}`);
    const response = await app.inject({ method: 'GET', url: '/caller', headers });
    assert.equal(response.body, expected);
  }
});
