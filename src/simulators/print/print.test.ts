import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createLogger } from '#platform/telemetry';
import { type RunningSimulators, startSimulators } from '../index.ts';

const ID = '6ce466d0-fd6a-11e5-82f5-e0accb9d11a6';
const PDF = '%PDF-1.7\n1 0 obj\n<</Type/Pages/Count 3>>\n<</Type /Page>>\n<</Type/Page>>\n<</Type/Page>>';

describe('print provider simulator', () => {
  const reports: { path: string; body: Record<string, unknown> }[] = [];
  let wake = () => {};
  const product = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      reports.push({ path: request.url ?? '', body: JSON.parse(body) as Record<string, unknown> });
      response.writeHead(204).end();
      wake();
    });
  });
  let simulators: RunningSimulators;
  let target = '';
  before(async () => {
    await new Promise<void>((resolve) => product.listen(0, '127.0.0.1', resolve));
    target = `http://127.0.0.1:${(product.address() as AddressInfo).port}/notifications/letter/status?token=t`;
    simulators = await startSimulators({
      host: '127.0.0.1',
      port: 0,
      smtpPort: 0,
      log: createLogger({ level: 'silent', name: 'test' }),
    });
  });
  after(async () => {
    await simulators[Symbol.asyncDispose]();
    product.closeAllConnections();
    await new Promise((resolve) => product.close(resolve));
  });
  beforeEach(async () => {
    reports.length = 0;
    await fetch(`${simulators.url}/print/data`, { method: 'DELETE' });
    await put('/settings', { outcome: 'DESPATCHED', delayMs: 0 });
  });

  const put = (path: string, body: unknown) =>
    fetch(`${simulators.url}/print${path}`, { method: 'PUT', body: JSON.stringify(body) });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${simulators.url}/print${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const signIn = async (password = 'secret') => {
    const answer = await post('/thirdparty-access/v1/authenticate', { userName: 'notify', password });
    return ((await answer.json()) as Record<string, string>)['id-token'] ?? '';
  };
  const job = (standard: Record<string, unknown> = {}, id: unknown = ID) => ({
    id,
    standardParams: {
      jobType: 'NOTIFY',
      templateReference: 'NOTIFY',
      businessIdentifier: 'ABCDEFGHIJKLMNOP',
      recipientName: 'A Person',
      address: { unstructuredAddress: { line1: '1 High St', postcode: 'SW1A 1AA' } },
      ...standard,
    },
    customParams: [
      { key: 'pdfContent', value: Buffer.from(PDF).toString('base64') },
      { key: 'organisationIdentifier', value: 'x' },
      { key: 'serviceIdentifier', value: 'y' },
    ],
    callbackParams: { target, retryParams: { enabled: true, maxRetryWindow: 10_800 } },
  });
  const print = async (body: unknown, headers?: Record<string, string>) =>
    post(
      '/print-request/v1/print/jobs',
      body,
      headers ?? { authorization: await signIn(), 'x-api-key': 'key' },
    );
  const report = async () => {
    while (reports.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return reports[0];
  };

  it('takes a letter and reports that it is in the post', async () => {
    assert.equal((await print(job({ despatchMethod: 'FIRST' }))).status, 202);
    const received = await report();
    assert.equal(received?.path, '/notifications/letter/status?token=t');
    assert.partialDeepStrictEqual(received?.body, {
      metadata: { correlationId: ID },
      data: {
        jobId: ID,
        jobStatus: 'DESPATCHED',
        despatchProperties: [
          { key: 'totalSheets', value: '2' },
          { key: 'postageClass', value: '1ST' },
          { key: 'mailingProduct', value: 'UNCODED' },
        ],
      },
    });
  });

  it('knows a letter it has already', async () => {
    assert.equal((await print(job())).status, 202);
    assert.equal((await print(job())).status, 409);
    const audit = await (await fetch(`${simulators.url}/print/audit`)).json();
    assert.deepEqual(audit, [{ id: ID, created: 1, changed: 1, deleted: 0 }]);
  });

  it('tells about a letter and gives its pages', async () => {
    await put('/settings', { outcome: 'NONE' });
    await print(job());
    const shown = await (await fetch(`${simulators.url}/print/print-request/v1/print/jobs/${ID}`)).json();
    assert.partialDeepStrictEqual(shown, { id: ID, status: 'ACCEPTED', pages: 3, recipient: 'A Person' });
    const pdf = await fetch(`${simulators.url}/print/jobs/${ID}.pdf`);
    assert.deepEqual([pdf.headers.get('content-type'), await pdf.text()], ['application/pdf', PDF]);
    assert.match(await (await fetch(`${simulators.url}/print`)).text(), /ABCDEFGHIJKLMNOP/);
  });

  it('reports a rejection where it is told to', async () => {
    await put('/settings', { outcome: 'REJECTED' });
    await print(job());
    assert.partialDeepStrictEqual((await report())?.body, { data: { jobStatus: 'REJECTED' } });
  });

  it('insists on a token of its own and the API key', async () => {
    assert.equal((await print(job(), { 'x-api-key': 'key' })).status, 401);
    assert.equal((await print(job(), { authorization: 'made up', 'x-api-key': 'key' })).status, 401);
    assert.equal((await print(job(), { authorization: await signIn() })).status, 403);
  });

  it('has a new key and a new password when asked', async () => {
    const headers = { authorization: await signIn(), 'x-api-key': 'old' };
    const answer = await post('/thirdparty-access/v1/new-api-key', {}, headers);
    const { newApiKey } = (await answer.json()) as { newApiKey: string };
    assert.equal((await print(job(), headers)).status, 403);
    assert.equal((await print(job(), { ...headers, 'x-api-key': newApiKey })).status, 202);
    const change = { userName: 'notify', password: 'secret', newPassword: 'another secret' };
    assert.equal((await post('/thirdparty-access/v1/password', change)).status, 200);
    assert.equal(await signIn('secret'), '');
    assert.notEqual(await signIn('another secret'), '');
  });

  it('says everything that is wrong with a job', async () => {
    const broken = {
      ...job({ address: {}, recipientName: '', despatchMethod: 'PIGEON' }, 7),
      customParams: [],
    };
    const answer = await print(broken);
    assert.equal(answer.status, 400);
    assert.equal(((await answer.json()) as { errors: unknown[] }).errors.length, 5);
    for (const body of [null, [], 'x', {}]) assert.equal((await print(body)).status, 400);
  });
});
