import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from './instance.ts';

test('the instance is alive', async () => {
  const { status, body } = await call('/health/liveness');
  assert.equal(status, 200);
  assert.equal(body.status, 'UP');
});

test('the instance is ready: everything asked for is up', async () => {
  const { status, body } = await call('/health/readiness');
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.status, 'UP');
});

test('health names the components', async () => {
  const { status, body } = await call('/health');
  assert.equal(status, 200);
  const components: Record<string, { status: string }> = body.components;
  assert.ok(Object.keys(components).length > 0);
  for (const [name, component] of Object.entries(components)) assert.equal(component.status, 'UP', name);
});

test('metrics are in the Prometheus text format', async () => {
  const { status, headers, body } = await call('/metrics');
  assert.equal(status, 200);
  assert.match(headers.get('content-type') ?? '', /^text\/plain/);
  assert.match(body, /^# TYPE signalbox_/m);
});

test('the console shows nothing to a visitor who has not signed in', async () => {
  for (const path of ['/', '/register', '/failures', '/jobs', '/audit']) {
    const { status, headers } = await call(path);
    assert.ok([302, 303].includes(status), `${path} answered ${status}`);
    assert.match(headers.get('location') ?? '', /^\/sign-in/, path);
  }
  assert.equal((await call('/sign-in')).status, 200);
});

test('pages forbid framing and type sniffing', async () => {
  const { headers } = await call('/sign-in');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.ok(headers.get('content-security-policy'));
});

test('an unknown page is not found and says nothing of the inside', async () => {
  const { status, body } = await call('/no-such-page-here');
  assert.ok([302, 303, 404].includes(status), `answered ${status}`);
  assert.doesNotMatch(JSON.stringify(body), /node_modules|\.ts:\d+|at \w+ \(/);
});
