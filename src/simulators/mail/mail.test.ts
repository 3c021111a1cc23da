import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createMailer, type Mailer } from '#platform/mail';
import { createLogger } from '#platform/telemetry';
import { type RunningSimulators, startSimulators } from '../index.ts';
import type { MailMessage } from './inbox.ts';

describe('mail simulator', () => {
  let simulators: RunningSimulators;
  let mailer: Mailer;
  const log = createLogger({ level: 'silent', name: 'test' });
  before(async () => {
    simulators = await startSimulators({ host: '127.0.0.1', port: 0, smtpPort: 0, log });
    mailer = createMailer({ url: simulators.smtpUrl, from: 'Box <box@example.org>', log });
  });
  after(async () => {
    await mailer[Symbol.asyncDispose]();
    await simulators[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await setFaults([]);
    await fetch(`${simulators.url}/mail/calls`, { method: 'DELETE' });
  });

  const send = (to = 'one@example.org') =>
    mailer.send({
      to,
      subject: 'Réunion',
      text: 'Words',
      html: '<p>Marked</p><script>1</script>',
      headers: { 'X-Mark': 'a' },
    });
  const setFaults = (faults: unknown) =>
    fetch(`${simulators.url}/mail/faults`, { method: 'PUT', body: JSON.stringify(faults) });
  const inbox = async () => (await (await fetch(`${simulators.url}/mail/calls`)).json()) as MailMessage[];

  it('gives each message parsed', async () => {
    const { messageId } = await send();
    const [message, ...rest] = await inbox();
    assert.equal(rest.length, 0);
    assert.ok(message);
    const { id: _, time, headers, bytes, text, html, ...facts } = message;
    assert.deepEqual(facts, {
      from: 'box@example.org',
      to: ['one@example.org'],
      cc: [],
      replyTo: [],
      subject: 'Réunion',
      messageId,
      envelope: { from: 'box@example.org', to: ['one@example.org'] },
      attachments: [],
    });
    assert.deepEqual([text.trim(), html?.trim()], ['Words', '<p>Marked</p><script>1</script>']);
    assert.deepEqual([headers['x-mark'], headers.from], ['a', 'Box <box@example.org>']);
    assert.ok(bytes > 100 && Date.parse(time) > 0);
  });

  it('shows the inbox, a message and its HTML in a sandbox', async () => {
    await send();
    const list = await (await fetch(`${simulators.url}/mail`)).text();
    const [, address] = /href="(\/mail\/messages\/\d+)">Réunion</.exec(list) ?? [];
    assert.ok(address);
    const page = await (await fetch(simulators.url + address)).text();
    assert.match(page, /<iframe sandbox src="\/mail\/messages\/\d+\/html"/);
    assert.ok(!page.includes('<script>1'));
    const part = await fetch(`${simulators.url}${address}/html`);
    assert.match(part.headers.get('content-security-policy') ?? '', /^sandbox; default-src 'none'/);
    assert.match(await part.text(), /<p>Marked<\/p>/);
    assert.equal((await fetch(`${simulators.url}/mail/messages/999999`)).status, 404);
  });

  it('takes any user and password', async () => {
    const url = simulators.smtpUrl.replace('smtp://', 'smtp://user:secret@');
    await using other = createMailer({ url, from: 'box@example.org', log });
    await other.send({ to: 'a@example.org', subject: 's', text: 't' });
    assert.equal((await inbox()).length, 1);
  });

  it('refuses a message with the code of a fault, once per count', async () => {
    await setFaults([{ kind: 'status', status: 452, count: 1 }]);
    await assert.rejects(send(), { name: 'MailError', isPermanent: false, responseCode: 452 });
    await send();
    assert.equal((await inbox()).length, 1);
  });

  it('refuses one recipient at RCPT', async () => {
    await setFaults([{ match: { method: 'RCPT', path: '*@bad.example' }, kind: 'status', status: 550 }]);
    await assert.rejects(send('x@bad.example'), { isPermanent: true, responseCode: 550 });
    await send('x@good.example');
  });

  it('keeps the message and closes without an answer on timeout_after_commit', async () => {
    await setFaults([{ kind: 'timeout_after_commit', delayMs: 10 }]);
    await assert.rejects(send(), { name: 'MailError', isPermanent: false });
    assert.equal((await inbox()).length, 1);
  });

  for (const kind of ['reset', 'gone']) {
    it(`keeps nothing on ${kind}`, async () => {
      await setFaults([{ kind }]);
      await using fresh = createMailer({ url: simulators.smtpUrl, from: 'box@example.org', log });
      await assert.rejects(fresh.send({ to: 'a@example.org', subject: 's', text: 't' }), {
        isPermanent: false,
      });
      assert.deepEqual(await inbox(), []);
    });
  }
});
