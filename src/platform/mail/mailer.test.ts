import assert from 'node:assert/strict';
import type { AddressInfo, Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { createLogger } from '#platform/telemetry';
import { createMailer, MailError, type Mailer } from './index.ts';

describe('mailer', () => {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  let server: SMTPServer;
  let url: string;
  let mailer: Mailer;
  const log = createLogger({ level: 'silent', name: 'test' });

  before(async () => {
    server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      closeTimeout: 100,
      onRcptTo({ address }, _session, done) {
        const code = { 'nobody@example.org': 550, 'busy@example.org': 451 }[address];
        done(code === undefined ? null : Object.assign(new Error('Refused'), { responseCode: code }));
      },
      onData(stream, session, done) {
        let text = '';
        stream.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        stream.on('end', () => {
          received.push(text);
          if (session.envelope.rcptTo[0]?.address === 'lost@example.org')
            for (const one of sockets) one.destroy();
          else done();
        });
      },
    });
    server.server.on('connection', (socket: Socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A listening TCP server always has an address object.
    url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
    mailer = createMailer({ url, from: 'Signalbox <box@example.org>', log });
  });
  after(async () => {
    await mailer[Symbol.asyncDispose]();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  const send = (to: string) => mailer.send({ to, subject: 'Hello', text: 'Text' });

  it('takes sender, reply address and message id from the mail when it names them', async () => {
    const { messageId } = await mailer.send({
      to: 'one@example.org',
      subject: 'Hello',
      text: 'Text',
      from: 'Lists <lists@example.org>',
      replyTo: 'ana@example.org',
      messageId: '<letter-1@example.org>',
    });
    const message = received.at(-1) ?? '';
    assert.equal(messageId, '<letter-1@example.org>');
    assert.match(message, /^From: Lists <lists@example\.org>\r$/m);
    assert.match(message, /^Reply-To: ana@example\.org\r$/m);
    assert.match(message, /^Message-ID: <letter-1@example\.org>\r$/m);
  });

  it('sends text, HTML and headers from the configured sender', async () => {
    const { messageId } = await mailer.send({
      to: ['one@example.org', 'two@example.org'],
      subject: 'Réunion',
      text: 'Plain words',
      html: '<p>Marked words</p>',
      headers: { 'X-Correlation-Id': 'abc' },
    });
    const message = received.at(-1) ?? '';
    assert.match(messageId, /^<.+@example\.org>$/);
    assert.match(message, /^From: Signalbox <box@example\.org>\r$/m);
    assert.match(message, /^To: one@example\.org, two@example\.org\r$/m);
    assert.match(message, /^Subject: =\?UTF-8\?/m);
    assert.match(message, /^X-Correlation-Id: abc\r$/im);
    assert.match(message, /Plain words[\s\S]*<p>Marked words<\/p>/);
  });

  it('reports a 550 as permanent and a 451 as temporary, without the address in the message', async () => {
    await assert.rejects(send('nobody@example.org'), (error: unknown) => {
      assert.ok(error instanceof MailError);
      assert.deepEqual([error.isPermanent, error.responseCode], [true, 550]);
      assert.ok(!error.message.includes('nobody'));
      return true;
    });
    await assert.rejects(send('busy@example.org'), {
      name: 'MailError',
      isPermanent: false,
      responseCode: 451,
    });
  });

  it('does not send again by itself when the connection is lost before the answer', async () => {
    const before = received.length;
    await assert.rejects(send('lost@example.org'), { name: 'MailError', isPermanent: false });
    assert.equal(received.length, before + 1);
  });

  it('reports an unreachable server as temporary', async () => {
    await using unreachable = createMailer({ url: 'smtp://127.0.0.1:1', from: 'box@example.org', log });
    await assert.rejects(unreachable.send({ to: 'a@example.org', subject: 's', text: 't' }), {
      name: 'MailError',
      isPermanent: false,
      responseCode: undefined,
    });
  });
});
