import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { Logger } from '#platform/telemetry';
import type { Fault } from '../frame/fault-schema.ts';
import type { FaultList } from '../frame/faults.ts';
import type { Inbox } from './inbox.ts';

const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

type Done = (error?: Error | null) => void;

/**
 * The SMTP side. In a fault's match the method is the SMTP stage (CONNECT, MAIL, RCPT or DATA; DATA when absent) and
 * the path is the address of that stage; DATA matches on the first recipient. A status is the SMTP reply code.
 */
export class SmtpListener {
  readonly #server: SMTPServer;
  readonly #inbox: Inbox;
  readonly #faults: FaultList;
  readonly #sockets = new Map<string, Socket>();

  constructor(options: { inbox: Inbox; faults: FaultList; log: Logger }) {
    this.#inbox = options.inbox;
    this.#faults = options.faults;
    this.#server = new SMTPServer({
      authOptional: true,
      allowInsecureAuth: true,
      // Without a certificate of a known authority, offering STARTTLS only makes clients fail.
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      size: MAX_MESSAGE_BYTES,
      closeTimeout: 100,
      logger: false,
      onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'anyone' }),
      onConnect: (session, done) => this.#stage('CONNECT', session.remoteAddress, session, done),
      onMailFrom: (address, session, done) => this.#stage('MAIL', address.address, session, done),
      onRcptTo: (address, session, done) => this.#stage('RCPT', address.address, session, done),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          if (stream.sizeExceeded) return done(smtpError(552, 'Message exceeds the maximum size'));
          this.#receive(Buffer.concat(chunks), session, done);
        });
      },
    });
    this.#server.server.on('connection', (socket: Socket) => {
      const key = socketKey(socket);
      this.#sockets.set(key, socket);
      socket.once('close', () => this.#sockets.delete(key));
    });
    // A client that hangs up is a normal day for a mail server.
    this.#server.on('error', (error) => options.log.debug({ err: error }, 'SMTP connection failed'));
  }

  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.server.once('error', reject);
      this.#server.listen(port, host, () => resolve());
    });
    // A listening TCP server always has an address object.
    return (this.#server.server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets.values()) socket.destroy();
    await closed;
  }

  #stage(stage: string, path: string, session: SMTPServerSession, done: Done): void {
    // A fault for no particular stage strikes once per message, at DATA; only `gone` refuses from the first byte.
    const fault = this.#faults.take(stage, path, (one) =>
      one.match?.method === undefined ? one.kind === 'gone' && stage === 'CONNECT' : true,
    );
    this.#apply(fault, session, done, () => done());
  }

  #receive(raw: Buffer, session: SMTPServerSession, done: Done): void {
    const { mailFrom, rcptTo } = session.envelope;
    const recipients = rcptTo.map((recipient) => recipient.address);
    const envelope = { from: mailFrom === false ? '' : mailFrom.address, to: recipients };
    const keep = () => this.#inbox.add({ envelope, raw });
    const fault = this.#faults.take('DATA', recipients[0] ?? '');
    if (fault?.kind === 'timeout_after_commit') keep();
    this.#apply(fault, session, done, () => {
      keep();
      done();
    });
  }

  #apply(fault: Fault | undefined, session: SMTPServerSession, done: Done, proceed: () => void): void {
    const act = () => {
      if (!fault || fault.kind === 'delay') return proceed();
      if (fault.kind === 'status') return done(smtpError(fault.status ?? 451, 'Simulated fault'));
      if (fault.kind === 'timeout_after_commit' && fault.delayMs === undefined) return;
      this.#sockets.get(socketKey(session))?.resetAndDestroy();
    };
    if (fault?.delayMs) setTimeout(act, fault.delayMs).unref();
    else act();
  }
}

/** Only the port: the session writes IPv6 addresses otherwise than the socket, and peers here share one host. */
function socketKey(peer: { readonly remotePort?: number | undefined }): string {
  return String(peer.remotePort);
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
