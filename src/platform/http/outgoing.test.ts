import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { createMetrics, type Span, type Tracer } from '#platform/telemetry';
import { createOutgoingCalls, OutgoingCallError, type OutgoingFault } from './outgoing.ts';

async function startOther(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
}

function createCalls(spans: Span[] = []) {
  const tracer: Tracer = {
    isOn: true,
    record: (span) => void spans.push(span),
    [Symbol.asyncDispose]: async () => undefined,
  };
  return createOutgoingCalls({ metrics: createMetrics(), tracer });
}

const isFault = (fault: OutgoingFault, mayHaveArrived: boolean) => (error: unknown) =>
  error instanceof OutgoingCallError && error.fault === fault && error.mayHaveArrived === mayHaveArrived;

describe('an outgoing call', () => {
  test('sends method, headers, body and correlation id, and gives back what was answered', async () => {
    await using other = await startOther(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { 'correlation-id': correlationId, 'x-own': own } = request.headers;
      response.writeHead(418, { 'content-type': 'application/json', 'x-answer': 'yes' });
      response.end(JSON.stringify({ method: request.method, url: request.url, body, correlationId, own }));
    });
    const spans: Span[] = [];
    await using calls = createCalls(spans);
    const answer = await calls.call({
      target: 'other',
      method: 'POST',
      url: `${other.url}/things?name=Ann`,
      headers: { 'x-own': '1' },
      body: '{"a":1}',
      correlationId: 'c-1',
      timeoutMs: 5_000,
    });
    assert.equal(answer.status, 418);
    assert.equal(answer.headers['x-answer'], 'yes');
    assert.deepEqual(JSON.parse(answer.body.toString()), {
      method: 'POST',
      url: '/things?name=Ann',
      body: '{"a":1}',
      correlationId: 'c-1',
      own: '1',
    });
    assert.equal(spans.length, 1);
    assert.equal(spans[0]?.attributes['url.full'], `${other.url}/things`);
    assert.equal(spans[0]?.isError, true);
  });

  test('to nobody cannot have arrived', async () => {
    const other = await startOther(() => undefined);
    await other[Symbol.asyncDispose]();
    await using calls = createCalls();
    await assert.rejects(
      calls.call({ target: 'other', method: 'GET', url: other.url, timeoutMs: 5_000 }),
      isFault('unreachable', false),
    );
  });

  test('that is never answered runs out of time and may have arrived', async () => {
    await using other = await startOther(() => undefined);
    await using calls = createCalls();
    await assert.rejects(
      calls.call({ target: 'other', method: 'POST', url: other.url, timeoutMs: 50 }),
      isFault('timeout', true),
    );
  });

  test('whose connection is cut may have arrived', async () => {
    await using other = await startOther((request) => request.socket.destroy());
    await using calls = createCalls();
    await assert.rejects(
      calls.call({ target: 'other', method: 'POST', url: other.url, timeoutMs: 5_000 }),
      isFault('connection_lost', true),
    );
  });

  test('ends when its caller gives up', async () => {
    const givenUp = new AbortController();
    await using other = await startOther(() => givenUp.abort());
    await using calls = createCalls();
    await assert.rejects(
      calls.call({
        target: 'other',
        method: 'POST',
        url: other.url,
        timeoutMs: 5_000,
        signal: givenUp.signal,
      }),
      isFault('aborted', true),
    );
  });

  test('waits for no other of 256 to one system', async () => {
    const answers: (() => void)[] = [];
    await using other = await startOther((_request, response) => {
      answers.push(() => response.end());
      if (answers.length === 256) for (const answer of answers) answer();
    });
    await using calls = createCalls();
    const call = () => calls.call({ target: 'other', method: 'GET', url: other.url, timeoutMs: 60_000 });
    const answered = await Promise.all(Array.from({ length: 256 }, call));
    assert.ok(answered.every(({ status }) => status === 200));
  });

  test('does not take in an endless answer', async () => {
    await using other = await startOther((_request, response) => {
      response.end(Buffer.alloc(100_000));
    });
    await using calls = createCalls();
    await assert.rejects(
      calls.call({ target: 'other', method: 'GET', url: other.url, timeoutMs: 5_000, maxBytes: 50_000 }),
      isFault('too_large', true),
    );
  });
});
