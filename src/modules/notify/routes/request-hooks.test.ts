import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fastify } from 'fastify';
import { createLogger, createMetrics } from '#platform/telemetry';
import { createNotifyMetrics } from '../events.ts';
import { readCommit } from './read-commit.ts';
import { logRequests } from './request-log.ts';
import { countConcurrentRequests } from './request-metrics.ts';
import { deadlineOf, limitRequestTime } from './request-timeout.ts';

describe('requests as a whole', () => {
  it('are answered with 504 when they take too long, in the shape of their part, and end by themselves', async () => {
    const app = fastify();
    limitRequestTime(app, 20);
    const goOn = Promise.withResolvers<void>();
    const ended: string[] = [];
    for (const url of ['/v2/slow', '/slow']) {
      app.get(url, async (_request, reply) => {
        await goOn.promise;
        ended.push(url);
        return reply.code(201).send('late');
      });
    }
    app.get('/quick', async () => 'in time');
    const v2 = await app.inject('/v2/slow');
    assert.equal(v2.statusCode, 504);
    assert.deepEqual(v2.json(), {
      status_code: 504,
      errors: [{ error: 'SoftEventletTimeout', message: 'Timeout serving request' }],
    });
    const plain = await app.inject('/slow');
    assert.deepEqual(plain.json(), { result: 'error', message: 'Timeout serving request' });
    assert.equal((await app.inject('/quick')).body, 'in time');
    goOn.resolve();
    await app.close();
    assert.deepEqual(ended, ['/v2/slow', '/slow']);
  });

  it('must have their effects a moment before they are given up', async () => {
    const app = fastify();
    limitRequestTime(app, 30_000);
    app.get('/left', async (request) => ({ left: (deadlineOf(request) ?? 0) - performance.now() }));
    const { left } = (await app.inject('/left')).json<{ left: number }>();
    assert.ok(left > 20_000 && left <= 28_500, String(left));
    await app.close();
  });

  it('are counted while they are served, and no longer when their caller hung up', async () => {
    const metrics = createMetrics();
    const { concurrentRequests } = createNotifyMetrics(metrics);
    const count = async () => (await concurrentRequests.get()).values[0]?.value;
    const app = fastify();
    countConcurrentRequests(app, { concurrentRequests });
    const goOn = Promise.withResolvers<void>();
    app.get('/slow', async () => goOn.promise.then(() => 'done'));
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const caller = new AbortController();
    const answer = fetch(`${address}/slow`);
    const hungUp = fetch(`${address}/slow`, { signal: caller.signal }).catch(() => 'hung up');
    while ((await count()) !== 2) await setImmediate();
    caller.abort();
    assert.equal(await hungUp, 'hung up');
    while ((await count()) !== 1) await setImmediate();
    goOn.resolve();
    assert.equal((await answer).status, 200);
    while ((await count()) !== 0) await setImmediate();
    await app.close();
  });

  it('are logged by their route, without what stands in its place', async () => {
    const lines: Record<string, unknown>[] = [];
    const write = (line: string) => lines.push(JSON.parse(line));
    const app = fastify();
    logRequests(app, createLogger({ level: 'info', name: 'test', destination: { write } }), 'INFO');
    app.get('/unsubscribe/:id/:token', async (_request, reply) => reply.code(503).send('x'));
    app.get('/_status', async () => 'ok');
    await app.inject({
      url: '/unsubscribe/1/secret?reference=Ann',
      headers: { 'user-agent': 'NOTIFY-API-NODE-CLIENT/8', 'x-forwarded-for': '192.0.2.1, 192.0.2.2' },
    });
    await app.inject('/_status');
    assert.equal(lines.length, 1);
    assert.partialDeepStrictEqual(lines[0], {
      msg: 'request finished',
      method: 'GET',
      path: '/unsubscribe/:id/:token',
      status: 503,
      userAgent: 'NOTIFY-API-NODE-CLIENT/8',
      forwardedFor0: '192.0.2.1',
      forwardedFor1: '192.0.2.2',
    });
    assert.ok(!JSON.stringify(lines).includes('secret'));
    await app.close();
  });

  it('show the commit of a working copy, and none where there is no such copy', async () => {
    assert.equal(await readCommit(new URL('./no-such-folder/', import.meta.url)), null);
  });
});
