import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createLogger } from '#platform/telemetry';
import { type RunningSimulators, startSimulators } from '../index.ts';

describe('SES simulator', () => {
  const posted: { path: string; body: string }[] = [];
  let wake = () => {};
  const product = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      posted.push({ path: request.url ?? '', body });
      response.end();
      wake();
    });
  });
  let simulators: RunningSimulators;
  before(async () => {
    await new Promise<void>((resolve) => product.listen(0, '127.0.0.1', resolve));
    simulators = await startSimulators({
      host: '127.0.0.1',
      port: 0,
      smtpPort: 0,
      log: createLogger({ level: 'silent', name: 'test' }),
      settings: { notifyUrl: `http://127.0.0.1:${(product.address() as AddressInfo).port}` },
    });
  });
  after(async () => {
    await simulators[Symbol.asyncDispose]();
    product.closeAllConnections();
    await new Promise((resolve) => product.close(resolve));
  });
  beforeEach(async () => {
    posted.length = 0;
    await fetch(`${simulators.url}/ses/data`, { method: 'DELETE' });
    await fetch(`${simulators.url}/ses/settings`, { method: 'PUT', body: '{"receiptDelayMs":0}' });
  });

  const notification = async () => {
    while (posted.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const envelope = JSON.parse(posted[0]?.body ?? '') as Record<string, string>;
    return { envelope, message: JSON.parse(envelope.Message ?? '') as Record<string, unknown> };
  };
  const send = (to: unknown, headers: Record<string, string> = { authorization: 'AWS4-HMAC-SHA256 x' }) =>
    fetch(`${simulators.url}/ses/v2/email/outbound-emails`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        FromEmailAddress: '"A" <a@notify.tools>',
        Destination: { ToAddresses: to },
        Content: {
          Simple: {
            Subject: { Data: 'Subject' },
            Body: { Text: { Data: 'text' }, Html: { Data: '<p>text</p>' } },
            Headers: [{ Name: 'List-Unsubscribe', Value: '<https://a.test>' }],
          },
        },
      }),
    });

  it('takes an email and reports its delivery', async () => {
    const answer = await send(['b@example.test']);
    const { MessageId } = (await answer.json()) as { MessageId: string };
    const { envelope, message } = await notification();
    assert.equal(posted[0]?.path, '/notifications/email/ses');
    assert.equal(envelope.Type, 'Notification');
    assert.partialDeepStrictEqual(message, {
      notificationType: 'Delivery',
      mail: { messageId: MessageId, destination: ['b@example.test'] },
    });
    const [shown] = (await (await fetch(`${simulators.url}/ses/messages`)).json()) as Record<
      string,
      unknown
    >[];
    assert.partialDeepStrictEqual(shown, {
      subject: 'Subject',
      headers: { 'List-Unsubscribe': '<https://a.test>' },
    });
  });

  for (const [address, expected] of [
    ['perm-fail@simulator.notify', { notificationType: 'Bounce', bounce: { bounceType: 'Permanent' } }],
    ['temp-fail@simulator.notify', { notificationType: 'Bounce', bounce: { bounceType: 'Transient' } }],
    ['complaint@simulator.notify', { notificationType: 'Complaint' }],
  ] as const) {
    it(`reports ${expected.notificationType} for ${address}`, async () => {
      await send([address]);
      assert.partialDeepStrictEqual((await notification()).message, expected);
    });
  }

  it('refuses what is unsigned or incomplete as the service does', async () => {
    const unsigned = await send(['b@example.test'], {});
    assert.deepEqual(
      [unsigned.status, unsigned.headers.get('x-amzn-errortype')],
      [403, 'MissingAuthenticationTokenException'],
    );
    for (const to of [[], ['no address'], undefined]) {
      const answer = await send(to);
      assert.deepEqual([answer.status, answer.headers.get('x-amzn-errortype')], [400, 'BadRequestException']);
    }
  });

  it('counts the same email to the same address as sent twice', async () => {
    await send(['b@example.test']);
    await send(['b@example.test']);
    const [row] = (await (await fetch(`${simulators.url}/ses/audit`)).json()) as { created: number }[];
    assert.equal(row?.created, 2);
    assert.match(await (await fetch(`${simulators.url}/ses`)).text(), /b@example\.test/);
  });
});
