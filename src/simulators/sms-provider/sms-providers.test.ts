import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createLogger } from '#platform/telemetry';
import { type RunningSimulators, startSimulators } from '../index.ts';

interface Received {
  path: string;
  authorization: string | undefined;
  type: string | undefined;
  body: string;
}

/** Stands for the product: takes receipts and received texts, with an answer the test can change. */
class Product {
  received: Received[] = [];
  statuses: number[] = [];
  readonly #server: Server;
  #waiting: (() => void)[] = [];

  constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const { authorization, 'content-type': type } = request.headers;
        this.received.push({ path: request.url ?? '', authorization, type, body });
        response.writeHead(this.statuses.shift() ?? 200).end('{"result":"success"}');
        for (const wake of this.#waiting.splice(0)) wake();
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async waitFor(count: number): Promise<Received[]> {
    while (this.received.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const CID = '6ce466d0-fd6a-11e5-82f5-e0accb9d11a6';

describe('text message providers', () => {
  const product = new Product();
  let productUrl = '';
  let simulators: RunningSimulators;
  before(async () => {
    productUrl = await product.listen();
    simulators = await startSimulators({
      host: '127.0.0.1',
      port: 0,
      smtpPort: 0,
      log: createLogger({ level: 'silent', name: 'test' }),
      settings: { notifyUrl: productUrl },
    });
  });
  after(async () => {
    await simulators[Symbol.asyncDispose]();
    await product[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    product.received = [];
    product.statuses = [];
    for (const name of ['mmg', 'firetext']) {
      await fetch(`${simulators.url}/${name}/data`, { method: 'DELETE' });
      await settings(name, { receiptDelayMs: 0, outcome: 'by-number', honoursReferences: true });
    }
  });

  const settings = (name: string, change: unknown) =>
    fetch(`${simulators.url}/${name}/settings`, { method: 'PUT', body: JSON.stringify(change) });
  const audit = async (name: string) => (await fetch(`${simulators.url}/${name}/audit`)).json();
  const sendMmg = (change: Record<string, unknown> = {}) =>
    fetch(`${simulators.url}/mmg/jsonv2a/api.php`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Basic key' },
      body: JSON.stringify({
        reqType: 'BULK',
        MSISDN: '447700900001',
        msg: 'Hello',
        sender: 'GOVUK',
        cid: CID,
        multi: true,
        ...change,
      }),
    });
  const sendFiretext = (change: Record<string, string> = {}) =>
    fetch(`${simulators.url}/firetext/api/sendsms/json`, {
      method: 'POST',
      body: new URLSearchParams({
        apiKey: 'key',
        from: 'GOVUK',
        to: '447700900001',
        message: 'Hello',
        reference: CID,
        ...change,
      }),
    });

  it('MMG takes a message and reports on it', async () => {
    const answer = await sendMmg();
    assert.equal(answer.status, 200);
    assert.deepEqual(Object.keys((await answer.json()) as object), ['Reference']);
    const [receipt] = await product.waitFor(1);
    assert.equal(receipt?.path, '/notifications/sms/mmg');
    const fields = JSON.parse(receipt?.body ?? '') as Record<string, unknown>;
    assert.partialDeepStrictEqual(fields, { CID, status: '3', substatus: '5', MSISDN: '447700900001' });
    assert.match(String(fields.deliverytime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  });

  it('MMG posts receipts to the address of the message, with the credentials in it', async () => {
    const delurl = `${productUrl.replace('http://', 'http://user:pass%40word@')}/own`;
    await sendMmg({ MSISDN: '447700900002', delurl });
    const [receipt] = await product.waitFor(1);
    assert.equal(receipt?.path, '/own');
    assert.equal(receipt?.authorization, `Basic ${btoa('user:pass@word')}`);
    assert.partialDeepStrictEqual(JSON.parse(receipt?.body ?? ''), { status: '5' });
  });

  it('MMG refuses what lacks credentials or fields', async () => {
    const bare = await fetch(`${simulators.url}/mmg`, { method: 'POST', body: '{}' });
    assert.equal(bare.status, 401);
    for (const change of [{ cid: undefined }, { MSISDN: 7 }, { msg: '' }]) {
      const answer = await sendMmg(change);
      assert.equal(answer.status, 400);
      assert.deepEqual(await answer.json(), { Error: '206', Description: 'Some fields are missing' });
    }
    assert.deepEqual(await audit('mmg'), []);
  });

  it('a repeated reference is taken again but not sent again, unless references mean nothing', async () => {
    await sendMmg();
    assert.equal((await sendMmg()).status, 200);
    assert.deepEqual(await audit('mmg'), [{ id: CID, created: 1, changed: 1, deleted: 0 }]);
    await settings('mmg', { honoursReferences: false });
    await sendMmg();
    assert.deepEqual(await audit('mmg'), [{ id: CID, created: 2, changed: 1, deleted: 0 }]);
    assert.equal((await product.waitFor(2)).length, 2);
  });

  it('what a fault makes time out after the work shows as sent', async () => {
    const faults = [{ kind: 'timeout_after_commit', delayMs: 0, count: 1 }];
    await fetch(`${simulators.url}/mmg/faults`, { method: 'PUT', body: JSON.stringify(faults) });
    await assert.rejects(sendMmg());
    await sendMmg();
    assert.deepEqual(await audit('mmg'), [{ id: CID, created: 1, changed: 1, deleted: 0 }]);
  });

  it('Firetext takes a message, and a temporary failure is pending first', async () => {
    const answer = await sendFiretext({ to: '447700900003' });
    assert.deepEqual([answer.status, ((await answer.json()) as { code: number }).code], [200, 0]);
    const receipts = await product.waitFor(2);
    assert.ok(receipts.every(({ path }) => path === '/notifications/sms/firetext'));
    const fields = receipts.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
    assert.partialDeepStrictEqual(fields, [
      { reference: CID, status: '2', mobile: '447700900003' },
      { reference: CID, status: '1', code: '102' },
    ]);
    assert.match(fields[0]?.time ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  });

  it('Firetext says what is wrong in a code', async () => {
    for (const [change, code] of [
      [{ apiKey: '' }, 1],
      [{ to: '+447700900001' }, 2],
      [{ from: '' }, 3],
      [{ message: '' }, 5],
    ] as const) {
      const answer = await sendFiretext(change);
      assert.deepEqual([answer.status, ((await answer.json()) as { code: number }).code], [200, code]);
    }
    assert.deepEqual(await audit('firetext'), []);
  });

  it('a receipt that is refused is not posted again', async () => {
    product.statuses = [400];
    await sendMmg();
    await product.waitFor(1);
    await sendMmg({ cid: 'other' });
    assert.deepEqual(
      (await product.waitFor(2)).map(({ body }) => (JSON.parse(body) as { CID: string }).CID),
      [CID, 'other'],
    );
  });

  it('texts from phones arrive in the form of each provider', async () => {
    const text = 'Hi & bye £5 + 1';
    const send = (name: string) =>
      fetch(`${simulators.url}/${name}/inbound`, {
        method: 'POST',
        body: JSON.stringify({ from: '447700900123', to: '07700900456', text, id: 'a1' }),
      });
    assert.deepEqual(await (await send('mmg')).json(), {
      answer: { status: 200, body: '{"result":"success"}' },
    });
    await send('firetext');
    const [mmg, firetext] = product.received;
    assert.equal(mmg?.path, '/notifications/sms/receive/mmg');
    assert.equal(mmg?.authorization, `Basic ${btoa('username:testkey')}`);
    assert.partialDeepStrictEqual(JSON.parse(mmg?.body ?? ''), {
      MSISDN: '447700900123',
      Number: '07700900456',
      Message: 'Hi+%26+bye+%C2%A35+%2B+1',
      ID: 'a1',
    });
    assert.equal(firetext?.path, '/notifications/sms/receive/firetext');
    assert.equal(firetext?.authorization, `Basic ${btoa('notify:testkey')}`);
    const form = Object.fromEntries(new URLSearchParams(firetext?.body));
    assert.partialDeepStrictEqual(form, {
      source: '447700900123',
      destination: '07700900456',
      message: text,
    });
  });

  it('refuses settings it cannot use and keeps the old ones', async () => {
    for (const change of [
      { outcome: 'lost' },
      { receiptDelayMs: -1 },
      { receiptUrl: 'nowhere' },
      [],
      { odd: 1 },
    ]) {
      assert.equal((await settings('mmg', change)).status, 400, JSON.stringify(change));
    }
    const kept = (await (await fetch(`${simulators.url}/mmg/settings`)).json()) as Record<string, unknown>;
    assert.deepEqual([kept.outcome, kept.receiptDelayMs], ['by-number', 0]);
  });

  it('show messages and forms on a page, with nothing of them active', async () => {
    await sendMmg({ msg: '<script>alert(1)</script>' });
    const page = await (await fetch(`${simulators.url}/mmg`)).text();
    assert.match(page, /&lt;script&gt;/);
    assert.match(page, /action="\/mmg\/inbound"/);
    const saved = await fetch(`${simulators.url}/mmg/settings`, {
      method: 'POST',
      body: new URLSearchParams({ receiptDelayMs: '5', outcome: 'none', receiptUrl: `${productUrl}/x` }),
      redirect: 'manual',
    });
    assert.equal(saved.status, 303);
    const after = await (await fetch(`${simulators.url}/mmg/settings`)).json();
    assert.partialDeepStrictEqual(after, { receiptDelayMs: 5, outcome: 'none', honoursReferences: false });
    await settings('mmg', { receiptUrl: `${productUrl}/notifications/sms/mmg` });
  });
});
