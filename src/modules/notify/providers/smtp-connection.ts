// One conversation with a mail server (RFC 5321), written here because what a failure means hangs on where it struck:
// before the final dot the server cannot have the message, after it only its answer tells.
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { SendOutcome } from './provider.ts';

export interface SmtpTarget {
  host: string;
  port: number;
  /** TLS from the first byte (`smtps:`). */
  isSecure: boolean;
  user?: string;
  password?: string;
  /** Give user and password to a server that offers no TLS, too. */
  allowsAuthInClear?: boolean;
  /** Certificates (PEM) to trust in place of the usual ones. */
  ca?: string;
}

export interface SmtpEnvelope {
  from: string;
  to: string;
}

const CONNECT_TIMEOUT_MS = 15_000;
const REPLY_TIMEOUT_MS = 15_000;
/** Of one reply, and of replies that nobody waits for. */
const MOST_LINES = 1_000;

interface Reply {
  code: number;
  lines: string[];
}

/** The connection broke, or said what no mail server says. */
export class SmtpConnectionError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'SmtpConnectionError';
  }
}

export class SmtpConnection {
  readonly #target: SmtpTarget;
  readonly #replyTimeoutMs: number;
  #socket: Socket | undefined;
  #buffered = '';
  #lines: string[] = [];
  #replies: Reply[] = [];
  #waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | undefined;
  #fault: Error | undefined;
  #features = new Set<string>();

  constructor(target: SmtpTarget, options: { replyTimeoutMs?: number } = {}) {
    this.#target = target;
    this.#replyTimeoutMs = options.replyTimeoutMs ?? REPLY_TIMEOUT_MS;
  }

  /** Whether another message may be sent over it. */
  get isOpen(): boolean {
    return this.#socket !== undefined && this.#fault === undefined;
  }

  async open(): Promise<void> {
    const { host, port, isSecure, user, ca } = this.#target;
    this.#listen(
      isSecure
        ? connectTls({ host, port, servername: host, ...(ca === undefined ? {} : { ca }) })
        : connectTcp({ host, port, noDelay: true }),
    );
    await this.#expect(220, CONNECT_TIMEOUT_MS);
    await this.#hello();
    let isEncrypted = isSecure;
    if (!isSecure && this.#features.has('STARTTLS')) {
      this.#write('STARTTLS\r\n');
      await this.#expect(220);
      this.#upgrade();
      await this.#hello();
      isEncrypted = true;
    }
    if (user !== undefined) await this.#signIn(isEncrypted);
  }

  /** Sends one message; never throws for what the server or the network does. */
  async send(envelope: SmtpEnvelope, message: Buffer): Promise<SendOutcome> {
    let hasEnded = false;
    try {
      const refusal = await this.#begin(envelope);
      if (refusal) return refusal;
      this.#write(Buffer.concat([dotStuffed(message), Buffer.from('.\r\n')]));
      hasEnded = true;
      return outcomeOf(await this.#reply());
    } catch (error) {
      if (!(error instanceof SmtpConnectionError)) throw error;
      this.close();
      return { kind: hasEnded ? 'unknown' : 'failed', reason: error.message };
    }
  }

  /** Its time is up: whatever is under way fails with that. */
  giveUp(): void {
    this.#fail(new SmtpConnectionError('timeout'));
  }

  close(): void {
    this.#fail(new SmtpConnectionError('connection closed'));
  }

  /** AUTH PLAIN is the password itself, so whoever can read along, or took STARTTLS out of the greeting, would have it. */
  async #signIn(isEncrypted: boolean): Promise<void> {
    const { user, password, allowsAuthInClear } = this.#target;
    if (!isEncrypted && !allowsAuthInClear) {
      throw new SmtpConnectionError('server offers no encryption for user and password');
    }
    const plain = Buffer.from(`\0${user}\0${password ?? ''}`).toString('base64');
    this.#write(`AUTH PLAIN ${plain}\r\n`);
    await this.#expect(235);
  }

  /** Up to the server's 354; an outcome when it refused before. */
  async #begin(envelope: SmtpEnvelope): Promise<SendOutcome | undefined> {
    const isAscii = /^[\x20-\x7e]*$/.test(envelope.from + envelope.to);
    const commands = [
      `MAIL FROM:<${envelope.from}>${isAscii ? '' : ' SMTPUTF8'}\r\n`,
      `RCPT TO:<${envelope.to}>\r\n`,
      'DATA\r\n',
    ];
    const isPipelined = this.#features.has('PIPELINING');
    if (isPipelined) this.#write(commands.join(''));
    let refusal: SendOutcome | undefined;
    for (const [place, command] of commands.entries()) {
      if (!isPipelined) this.#write(command);
      const reply = await this.#reply();
      const isFine = place === 2 ? reply.code === 354 : reply.code >= 200 && reply.code < 300;
      if (isFine && refusal && place === 2) {
        // It takes data for nobody: end it at once.
        this.#write('.\r\n');
        await this.#reply();
      }
      if (!isFine) refusal ??= outcomeOf(reply);
      if (!isFine && !isPipelined) break;
    }
    if (refusal && this.isOpen) {
      this.#write('RSET\r\n');
      await this.#reply();
    }
    return refusal;
  }

  async #hello(): Promise<void> {
    this.#write('EHLO signalbox\r\n');
    const reply = await this.#expect(250);
    this.#features = new Set(reply.lines.map((line) => line.slice(4).split(' ', 1)[0]?.toUpperCase() ?? ''));
  }

  #upgrade(): void {
    const { host, ca } = this.#target;
    const plain = this.#socket;
    // Whatever came in clear behind the answer to STARTTLS may be anybody's (RFC 3207, section 6).
    if (this.#buffered !== '' || this.#lines.length > 0 || this.#replies.length > 0) {
      throw new SmtpConnectionError('answers before encryption');
    }
    plain?.removeAllListeners();
    if (plain)
      this.#listen(connectTls({ socket: plain, servername: host, ...(ca === undefined ? {} : { ca }) }));
  }

  #listen(socket: Socket): void {
    this.#socket = socket;
    this.#buffered = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', (error) => this.#fail(new SmtpConnectionError(codeOf(error), { cause: error })));
    socket.on('close', () => this.#fail(new SmtpConnectionError('connection closed')));
  }

  #read(text: string): void {
    this.#buffered += text;
    for (;;) {
      const end = this.#buffered.indexOf('\n');
      if (end === -1) break;
      const line = this.#buffered.slice(0, end).replace(/\r$/, '');
      this.#buffered = this.#buffered.slice(end + 1);
      this.#lines.push(line);
      if (!/^\d{3}( |$)/.test(line)) continue;
      const reply = { code: Number(line.slice(0, 3)), lines: this.#lines };
      this.#lines = [];
      const waiting = this.#waiting;
      // Answers come several at a time: the next one is not for whoever got this one.
      this.#waiting = undefined;
      if (waiting) waiting.resolve(reply);
      else this.#replies.push(reply);
    }
    const isEndless =
      this.#buffered.length > 100_000 || this.#lines.length > MOST_LINES || this.#replies.length > MOST_LINES;
    if (isEndless) this.#fail(new SmtpConnectionError('answer without end'));
  }

  #write(data: string | Buffer): void {
    if (this.#fault) throw this.#fault;
    this.#socket?.write(data);
  }

  async #expect(code: number, timeoutMs?: number): Promise<Reply> {
    const reply = await this.#reply(timeoutMs);
    if (reply.code !== code) throw new SmtpConnectionError(`refused with ${reply.code}`);
    return reply;
  }

  async #reply(timeoutMs = this.#replyTimeoutMs): Promise<Reply> {
    const reply = this.#replies.shift() ?? (await this.#nextReply(timeoutMs));
    // The server is about to hang up (RFC 5321, 3.8).
    if (reply.code === 421) this.close();
    return reply;
  }

  #nextReply(timeoutMs: number): Promise<Reply> {
    if (this.#fault) return Promise.reject(this.#fault);
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const timer = setTimeout(() => this.#fail(new SmtpConnectionError('timeout')), timeoutMs);
    this.#waiting = { resolve, reject };
    return promise.finally(() => clearTimeout(timer));
  }

  #fail(error: SmtpConnectionError): void {
    if (this.#fault) return;
    this.#fault = error;
    this.#socket?.destroy();
    this.#waiting?.reject(error);
  }
}

function outcomeOf(reply: Reply): SendOutcome {
  if (reply.code >= 200 && reply.code < 300) return { kind: 'accepted' };
  const reason = `refused with ${reply.code}`;
  // 4xx asks to come back later; so does the server that is shutting down.
  return reply.code >= 500 && reply.code < 600 ? { kind: 'refused', reason } : { kind: 'failed', reason };
}

/** Lines that begin with a dot get a second one; the text ends with a line end. */
function dotStuffed(message: Buffer): Buffer {
  const text = message.toString('latin1');
  const stuffed = text.startsWith('.') || text.includes('\n.') ? text.replace(/^\./gm, '..') : text;
  return Buffer.from(stuffed.endsWith('\r\n') ? stuffed : `${stuffed}\r\n`, 'latin1');
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : 'connection failed';
}
