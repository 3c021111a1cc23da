import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { HttpConnection, parseAnswer } from './http-connection.ts';

/** A server that answers each request on each connection with the next of the given texts. */
async function scripted(answers: (string | null)[]) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', () => {
      const answer = answers.shift();
      if (answer === null || answer === undefined) return socket.destroy();
      // In two writes, so that the client meets an incomplete answer.
      socket.write(answer.slice(0, 10));
      setImmediate(() => socket.write(answer.slice(10)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server always has an address object.
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return {
    url,
    sockets,
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

describe('HTTP connection', () => {
  it('keeps its connection from request to request', async () => {
    using server = await scripted([
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
      'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n',
      'HTTP/1.1 204 No Content\r\n\r\n',
    ]);
    using connection = new HttpConnection({ url: server.url, timeoutMs: 1000 });
    assert.deepEqual(await connection.send(REQUEST), { status: 200, body: 'hello' });
    assert.deepEqual(await connection.send(REQUEST), { status: 404, body: 'abcde' });
    assert.deepEqual(await connection.send(REQUEST), { status: 204, body: '' });
    assert.equal(server.sockets.length, 1);
  });

  it('connects again after the server closed, and rejects when it closed without an answer', async () => {
    const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n';
    using server = await scripted([`${ok}Connection: close\r\n\r\n`, null, `${ok}\r\n`]);
    using connection = new HttpConnection({ url: server.url, timeoutMs: 1000 });
    assert.equal((await connection.send(REQUEST)).status, 200);
    await assert.rejects(connection.send(REQUEST), /closed the connection without an answer/);
    assert.equal((await connection.send(REQUEST)).status, 200);
    assert.equal(server.sockets.length, 3);
  });

  it('rejects when there is no answer in time, and when nobody listens', async () => {
    using server = await scripted(['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n']);
    using connection = new HttpConnection({ url: server.url, timeoutMs: 30 });
    await assert.rejects(connection.send(REQUEST), { message: 'No answer within 30 ms' });
    using nobody = new HttpConnection({ url: new URL('http://127.0.0.1:1/'), timeoutMs: 1000 });
    await assert.rejects(nobody.send(REQUEST), { code: 'ECONNREFUSED' });
  });

  it('passes over interim answers and refuses what is not HTTP', () => {
    const answer = parseAnswer(
      Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na'),
    );
    assert.deepEqual(answer, { answer: { status: 200, body: 'a' }, closes: false });
    assert.throws(
      () => parseAnswer(Buffer.from('220 mail.example ESMTP\r\n\r\n')),
      /does not answer in HTTP/,
    );
  });
});
