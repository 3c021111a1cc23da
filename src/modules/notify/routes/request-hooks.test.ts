import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fastify } from 'fastify';
import { createLogger } from '#platform/telemetry';
import { readCommit } from './read-commit.ts';
import { logRequests } from './request-log.ts';
import { limitRequestTime } from './request-timeout.ts';

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
