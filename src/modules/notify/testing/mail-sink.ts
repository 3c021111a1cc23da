import type { AddressInfo, Socket } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  subject: string | undefined;
  text: string | undefined;
  html: string | undefined;
  headers: Record<string, string>;
}

/** Refuses a recipient with a code, or keeps a message and breaks off without an answer. */
export type MailFault = { refuseRecipient: number } | 'break off';

/** Somebody else's mail server: keeps what it is sent and fails as it was told, one fault for each message. */
export interface MailSink {
  url: string;
  mails: ReceivedMail[];
  faults: MailFault[];
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startMailSink(): Promise<MailSink> {
  const mails: ReceivedMail[] = [];
  const faults: MailFault[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    logger: false,
    onRcptTo: (_address, _session, done) => {
      const [fault] = faults;
      if (fault === undefined || fault === 'break off') return done();
      faults.shift();
      return done(Object.assign(new Error('not now'), { responseCode: fault.refuseRecipient }));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        const mail = await PostalMime.parse(Buffer.concat(chunks));
        const headers = Object.fromEntries(mail.headers.map(({ key, value }) => [key, value]));
        mails.push({ subject: mail.subject, text: mail.text, html: mail.html, headers });
        if (faults[0] !== 'break off') return done();
        faults.shift();
        for (const socket of sockets) if (socket.remotePort === session.remotePort) socket.destroy();
      });
    },
  });
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    faults,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
