import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { type CallbackSender, createCallbackSender } from './callback-sender.ts';

describe('callbacks over redirects and inside our network', () => {
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) server.close();
  });
  const listen = async (handler: Parameters<typeof createServer>[1]) => {
    const server = createServer(handler as never);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it('follows redirects, keeps POST for 307 and 308 only, and gives no other host the token', async () => {
    const seen: string[] = [];
    const note = (request: { method?: string; headers: Record<string, unknown> }) =>
      seen.push(`${request.method} ${request.headers.authorization ?? 'none'}`);
    const target = await listen((request, response) => {
      note(request);
      response.end();
    });
    const first = await listen((request, response) => {
      note(request);
      const status = request.url === '/found' ? 302 : 308;
      response.writeHead(status, { location: request.url === '/same' ? '/end' : `${target}/x` });
      if (request.url === '/end') response.statusCode = 200;
      response.end();
    });
    const sender = createCallbackSender({ allowsPrivateAddresses: true });
    const send = (url: string) => sender.send({ url, bearerToken: 't', body: '{}' });
    assert.equal((await send(`${first}/found`)).kind, 'done');
    assert.equal((await send(`${first}/moved`)).kind, 'done');
    assert.deepEqual(seen, ['POST Bearer t', 'GET none', 'POST Bearer t', 'POST none']);
    await sender[Symbol.asyncDispose]();
  });

  it('goes to no private address, by number or by name, unless it is allowed to', async () => {
    const url = await listen((_request, response) => response.end());
    const sender = createCallbackSender({ allowsPrivateAddresses: false });
    for (const one of [
      url,
      url.replace('127.0.0.1', 'localhost'),
      'http://169.254.169.254/',
      'http://[fd00:ec2::254]/',
      'http://[::1]/',
      'http://[::ffff:169.254.169.254]/',
      'http://[::ffff:7f00:1]/',
      'http://[64:ff9b::a9fe:a9fe]/',
      'http://10.1.2.3/',
      'http://2130706433/',
      'http://0x7f.1/',
      'http://0/',
    ]) {
      assert.deepEqual(
        await sender.send({ url: one, bearerToken: 't', body: '{}' }),
        { kind: 'dropped', reason: 'forbidden address' },
        one,
      );
    }
    await sender[Symbol.asyncDispose]();
  });

  it('goes by the status of a receiver, whatever its body does, and waits for no other call', async () => {
    const held: (() => void)[] = [];
    const url = await listen((request, response) => {
      response.on('error', () => undefined);
      if (request.url === '/held') held.push(() => response.end());
      else if (request.url === '/huge') response.end(Buffer.alloc(4 * 1024 * 1024));
      else {
        response.writeHead(request.url === '/busy' ? 429 : 200, { 'retry-after': '3600' });
        const timer = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(timer));
      }
    });
    const send = (sender: CallbackSender, path: string) =>
      sender.send({ url: `${url}${path}`, bearerToken: 't', body: '{}' });
    const quick = createCallbackSender({ allowsPrivateAddresses: true, timeoutMs: 300 });
    assert.deepEqual(await Promise.all(['/drip', '/huge', '/busy'].map((path) => send(quick, path))), [
      { kind: 'done', status: 200 },
      { kind: 'done', status: 200 },
      { kind: 'retry', status: 429, reason: 'status 429' },
    ]);
    await quick[Symbol.asyncDispose]();
    // As many as the two queues let one service have at a time.
    const sender = createCallbackSender({ allowsPrivateAddresses: true, timeoutMs: 60_000 });
    const calls = Array.from({ length: 40 }, () => send(sender, '/held'));
    while (held.length < 40) await new Promise((resolve) => setImmediate(resolve));
    for (const answer of held) answer();
    assert.ok((await Promise.all(calls)).every(({ kind }) => kind === 'done'));
    for (const other of ['ftp://example.test/', 'nowhere', 'https://'])
      assert.deepEqual(await sender.send({ url: other, bearerToken: 't', body: '{}' }), {
        kind: 'dropped',
        reason: 'not an address',
      });
    await sender[Symbol.asyncDispose]();
  });

  it('gives a receiver five seconds and tries again what it could not do', async () => {
    const url = await listen(() => undefined);
    const sender = createCallbackSender({ allowsPrivateAddresses: true, timeoutMs: 100 });
    assert.equal((await sender.send({ url, bearerToken: 't', body: '{}' })).kind, 'retry');
    assert.equal(
      (await sender.send({ url: 'http://127.0.0.1:1', bearerToken: 't', body: '{}' })).kind,
      'retry',
    );
    await sender[Symbol.asyncDispose]();
  });
});
