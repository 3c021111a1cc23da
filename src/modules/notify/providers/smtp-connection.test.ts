import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { makeSelfSigned } from '../testing/self-signed.ts';
import { SmtpConnection, SmtpConnectionError } from './smtp-connection.ts';

const ENVELOPE = { from: 'a@example.test', to: 'b@example.test' };
const MESSAGE = Buffer.from('Subject: Hi\r\n\r\nBody\r\n');

describe('the mail server connection', () => {
  const { certificate, privateKey } = makeSelfSigned('localhost');
  const servers: SMTPServer[] = [];
  const attempts: { isSecure: boolean }[] = [];
  const mails: { user: string | undefined; isSecure: boolean; text: string }[] = [];
  const start = async (options: { secure: boolean; hideSTARTTLS?: boolean }): Promise<number> => {
    const server = new SMTPServer({
      ...options,
      allowInsecureAuth: true,
      key: privateKey,
      cert: certificate,
      disableReverseLookup: true,
      closeTimeout: 100,
      logger: false,
      onAuth: ({ username, password }, session, done) => {
        attempts.push({ isSecure: session.secure });
        if (username === 'ann' && password === 'secret') done(null, { user: username });
        else done(new Error('Invalid username or password'));
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          mails.push({ user: session.user, isSecure: session.secure, text });
          done();
        });
      },
    });
    servers.push(server);
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, 'localhost', () => resolve()));
    return (server.server.address() as AddressInfo).port;
  };
  let [startTlsPort, tlsPort, clearPort] = [0, 0, 0];
  before(async () => {
    [startTlsPort, tlsPort] = [await start({ secure: false }), await start({ secure: true })];
    clearPort = await start({ secure: false, hideSTARTTLS: true });
  });
  after(async () => {
    for (const server of servers) await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const connect = (port: number, extra: object = {}) =>
    new SmtpConnection({
      host: 'localhost',
      port,
      isSecure: port === tlsPort,
      user: 'ann',
      password: 'secret',
      ca: certificate,
      ...extra,
    });

  it('signs in and sends only after the connection is encrypted, from the start or by STARTTLS', async () => {
    for (const port of [startTlsPort, tlsPort]) {
      mails.length = 0;
      const connection = connect(port);
      await connection.open();
      for (let time = 0; time < 2; time += 1) {
        assert.deepEqual(await connection.send(ENVELOPE, MESSAGE), { kind: 'accepted' });
      }
      connection.close();
      assert.deepEqual(
        mails.map(({ user, isSecure }) => [user, isSecure]),
        [
          ['ann', true],
          ['ann', true],
        ],
      );
      assert.equal(mails[0]?.text, MESSAGE.toString());
    }
  });

  it('gives no password to a server without encryption, unless that is allowed', async () => {
    attempts.length = 0;
    mails.length = 0;
    const refused = connect(clearPort);
    await assert.rejects(
      refused.open(),
      new SmtpConnectionError('server offers no encryption for user and password'),
    );
    refused.close();
    assert.deepEqual(attempts, []);
    const allowed = connect(clearPort, { allowsAuthInClear: true });
    await allowed.open();
    assert.deepEqual(await allowed.send(ENVELOPE, MESSAGE), { kind: 'accepted' });
    allowed.close();
    assert.deepEqual(attempts, [{ isSecure: false }]);
    assert.deepEqual(
      mails.map(({ user, isSecure }) => [user, isSecure]),
      [['ann', false]],
    );
  });

  it('sends nothing to a server that does not let it in, or is not who it says', async () => {
    mails.length = 0;
    for (const extra of [
      { password: 'wrong' },
      { ca: makeSelfSigned('localhost').certificate },
      { host: '127.0.0.1' },
    ]) {
      for (const port of [startTlsPort, tlsPort]) {
        const connection = connect(port, extra);
        await assert.rejects(connection.open(), SmtpConnectionError, JSON.stringify(Object.keys(extra)));
        connection.close();
      }
    }
    assert.deepEqual(mails, []);
  });
});
