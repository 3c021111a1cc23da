import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogger } from '#platform/telemetry';
import { type RunningSimulators, startSimulators } from '../index.ts';
import type { AuditRow } from './event-audit.ts';
import type { RunView } from './runs.ts';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (call: Received, response: ServerResponse) => void;

const accept: Answer = (_call, response) => response.end('{"Message":"Change event received"}');

describe('profile editor', () => {
  let simulators: RunningSimulators;
  let directory: Server;
  let target: string;
  let received: Received[] = [];
  let answer = accept;

  before(async () => {
    directory = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        const call = { headers: request.headers, body };
        received.push(call);
        answer(call, response);
      });
    });
    await new Promise<void>((resolve) => directory.listen(0, '127.0.0.1', resolve));
    // A listening TCP server always has an address object.
    target = `http://127.0.0.1:${(directory.address() as AddressInfo).port}/v1/change-event`;
    const log = createLogger({ level: 'silent', name: 'test' });
    const settings = { changeEventUrl: target, changeEventApiKey: 'key-1' };
    simulators = await startSimulators({ host: '127.0.0.1', port: 0, smtpPort: 0, log, settings });
  });
  after(async () => {
    await simulators[Symbol.asyncDispose]();
    directory.closeAllConnections();
    directory.close();
  });
  beforeEach(() => {
    received = [];
    answer = accept;
  });
  afterEach(() => fetch(`${simulators.url}/profile-editor/data`, { method: 'DELETE' }));

  const base = () => `${simulators.url}/profile-editor`;
  const post = (body: unknown) => fetch(`${base()}/runs`, { method: 'POST', body: JSON.stringify(body) });
  const read = async <T>(path: string): Promise<T> => (await (await fetch(base() + path)).json()) as T;

  async function run(body: object): Promise<RunView> {
    const started = await post(body);
    assert.equal(started.status, 202);
    const address = started.headers.get('location') ?? '';
    for (;;) {
      const view = (await (await fetch(simulators.url + address)).json()) as RunView;
      if (view.finished) return view;
      await delay(10);
    }
  }

  it('sends the wanted number with key, number and correlation id, and reports the figures', async () => {
    const view = await run({ events: 40, connections: 4 });
    assert.deepEqual(
      {
        ...view,
        latencies: undefined,
        elapsedMs: undefined,
        eventsPerSecond: undefined,
        startedAt: undefined,
      },
      {
        id: view.id,
        startedAt: undefined,
        stopped: false,
        settings: {
          target,
          events: 40,
          rate: 0,
          connections: 4,
          codes: 1,
          mix: { changed: 1, unchanged: 0, stale: 0, duplicate: 0, poison: 0, unmatched: 0 },
          seed: 1,
        },
        sent: 40,
        accepted: 40,
        refused: 0,
        errors: 0,
        retries: 0,
        statuses: { 200: 40 },
        latencies: undefined,
        elapsedMs: undefined,
        eventsPerSecond: undefined,
        finished: true,
      },
    );
    assert.equal(received.length, 40);
    for (const { headers, body } of received) {
      assert.equal(headers['x-api-key'], 'key-1');
      assert.equal(headers['content-type'], 'application/json');
      assert.match(String(headers['sequence-number']), /^\d{16}$/);
      assert.ok(String(headers['correlation-id']).startsWith(view.id));
      assert.match(JSON.parse(body).ODSCode, /^\w{5}$/);
    }
    assert.equal(new Set(received.map(({ headers }) => headers['correlation-id'])).size, 40);
  });

  it('audits every event as it was sent', async () => {
    await run({ events: 60, mix: { changed: 3, unchanged: 1, unmatched: 1 } });
    const audit = await read<AuditRow[]>('/audit');
    assert.equal(audit.length, 60);
    const sent = new Map(received.map((call) => [call.headers['correlation-id'], call]));
    for (const row of audit) {
      const call = sent.get(row.correlationId);
      assert.equal(call?.headers['sequence-number'], String(row.sequenceNumber));
      assert.equal(JSON.parse(call?.body ?? '{}').ODSCode, row.odsCode);
      assert.deepEqual([row.status, row.attempts], [200, 1]);
      assert.ok(!Number.isNaN(Date.parse(row.answeredAt)));
    }
    assert.deepEqual([...new Set(audit.map((row) => row.kind))].sort(), [
      'changed',
      'unchanged',
      'unmatched',
    ]);
  });

  it('numbers the events of a code upwards but for stale ones, and repeats duplicates to the letter', async () => {
    await run({ events: 400, connections: 4, codes: 0.001, mix: { changed: 2, stale: 1, duplicate: 1 } });
    const latest = new Map<string, AuditRow>();
    const bodies = new Map(received.map((call) => [call.headers['correlation-id'], call.body]));
    const kinds = new Set<string>();
    for (const row of await read<AuditRow[]>('/audit')) {
      const before = latest.get(row.odsCode);
      kinds.add(row.kind);
      if (row.kind === 'duplicate') {
        assert.deepEqual(
          [row.sequenceNumber, row.correlationId],
          [before?.sequenceNumber, before?.correlationId],
        );
      } else if (row.kind === 'stale') {
        assert.ok(before && row.sequenceNumber < before.sequenceNumber);
        assert.notEqual(row.version, before.version);
      } else {
        assert.ok(row.sequenceNumber > (before?.sequenceNumber ?? 0));
        assert.equal(row.version, (before?.version ?? 0) + 1);
        latest.set(row.odsCode, row);
      }
    }
    assert.deepEqual([...kinds].sort(), ['changed', 'duplicate', 'stale']);
    for (const { headers, body } of received) assert.equal(body, bodies.get(headers['correlation-id']));
  });

  it('tries again after a 5XX and after a lost connection, with the same ids', async () => {
    const seen = new Map<string, number>();
    answer = (call, response) => {
      const id = String(call.headers['correlation-id']);
      const times = (seen.get(id) ?? 0) + 1;
      seen.set(id, times);
      if (times === 1) return response.writeHead(500).end('{"Message":"Server Error"}');
      if (times === 2) return response.socket?.destroy();
      return accept(call, response);
    };
    const view = await run({ events: 6, connections: 3 });
    assert.deepEqual([view.accepted, view.retries, view.errors], [6, 12, 0]);
    assert.deepEqual([...seen.values()], [3, 3, 3, 3, 3, 3]);
    const numbers = Map.groupBy(received, (call) => call.headers['correlation-id']);
    for (const calls of numbers.values()) {
      assert.equal(new Set(calls.map((call) => call.headers['sequence-number'])).size, 1);
    }
  });

  it('does not repeat an event that was refused', async () => {
    answer = (_call, response) => response.writeHead(403).end('{"message":"Forbidden"}');
    const view = await run({ events: 5, apiKey: 'wrong' });
    assert.deepEqual([view.refused, view.accepted, view.statuses], [5, 0, { 403: 5 }]);
    assert.equal(received.length, 5);
  });

  it('keeps to the rate', async () => {
    const view = await run({ events: 20, rate: 100, connections: 2 });
    assert.ok(view.elapsedMs >= 185, `took ${view.elapsedMs} ms`);
  });

  it('stops when told to', async () => {
    const started = await post({ events: 1_000_000, rate: 10 });
    const { id } = (await started.json()) as RunView;
    const stopped = (await (await fetch(`${base()}/runs/${id}`, { method: 'DELETE' })).json()) as RunView;
    assert.deepEqual([stopped.stopped, stopped.finished], [true, true]);
    const count = received.length;
    assert.ok(count < 100);
    await delay(150);
    assert.equal(received.length, count);
  });

  it('stops although the directory does not answer', async () => {
    answer = () => {};
    const started = await post({ events: 100, connections: 20 });
    const { id } = (await started.json()) as RunView;
    const stopped = (await (await fetch(`${base()}/runs/${id}`, { method: 'DELETE' })).json()) as RunView;
    assert.deepEqual([stopped.finished, stopped.sent, stopped.errors], [true, 20, 20]);
  });

  it('says what is wrong with a run', async () => {
    const refused = await post({ events: 0, connections: 'many', colour: 1, target: 'ftp://x' });
    assert.equal(refused.status, 400);
    assert.deepEqual(((await refused.json()) as { problems: string[] }).problems, [
      'body must not have additional properties: colour',
      'body.events must be >= 1',
      'body.connections must be integer',
    ]);
    const target = await post({ events: 1, target: 'ftp://x' });
    assert.deepEqual(((await target.json()) as { problems: string[] }).problems, [
      'body.target must be the http or https address of a change event endpoint',
    ]);
    assert.equal((await post({ events: 1, mix: { changed: 0 } })).status, 400);
    assert.equal((await post({ events: 1, apiKey: 'a\r\nb: c' })).status, 400);
    assert.equal((await fetch(`${base()}/runs/00000000-0000-0000-0000-000000000000`)).status, 404);
  });

  it('starts and shows a run from the form', async () => {
    const form = new URLSearchParams({ events: '3', rate: '', 'mix.changed': '1', target, apiKey: '' });
    const redirect = await fetch(`${base()}/runs`, { method: 'POST', body: form, redirect: 'manual' });
    assert.equal(redirect.status, 303);
    const address = simulators.url + (redirect.headers.get('location') ?? '');
    const page = await (await fetch(address, { headers: { accept: 'text/html' } })).text();
    assert.match(page, /<h1>Run of change events<\/h1>/);
    assert.ok(!page.includes('key-1'));
    const bad = await fetch(`${base()}/runs`, { method: 'POST', body: new URLSearchParams({ events: 'x' }) });
    assert.deepEqual([bad.status, /events must be integer/.test(await bad.text())], [400, true]);
  });
});
