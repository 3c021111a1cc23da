import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

interface Waiting {
  resolve(answer: HttpAnswer): void;
  reject(error: Error): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * One keep-alive HTTP/1.1 connection with one request at a time. Node's own client spends some 60 microseconds of CPU
 * per request, more than the server under load may have; this does a write and a short parse. It connects when first
 * used and again after a failure, and reads what load generation needs: the status and the body.
 */
export class HttpConnection {
  readonly #url: URL;
  readonly #timeoutMs: number;
  #socket: Socket | undefined;
  #waiting: Waiting | undefined;
  #received: Buffer = Buffer.alloc(0);

  constructor(options: { url: URL; timeoutMs: number }) {
    this.#url = options.url;
    this.#timeoutMs = options.timeoutMs;
  }

  /** Sends one complete request, head and body. Rejects when there was no complete answer: its outcome is unknown. */
  send(request: string): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting) return reject(new Error('Await the answer to a request before you send the next'));
      this.#waiting = { resolve, reject };
      this.#socket ??= this.#connect();
      this.#socket.write(request, 'utf8');
    });
  }

  [Symbol.dispose](): void {
    this.#fail(new Error('The connection was closed by its owner'));
  }

  #connect(): Socket {
    const { protocol, hostname } = this.#url;
    const host = hostname.replace(/^\[|\]$/g, '');
    const port = Number(this.#url.port) || (protocol === 'https:' ? 443 : 80);
    const socket =
      protocol === 'https:' ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
    socket.setNoDelay(true);
    socket.setTimeout(this.#timeoutMs);
    socket.on('data', (data: Buffer) => this.#read(socket, data));
    socket.on('timeout', () => this.#lose(socket, new Error(`No answer within ${this.#timeoutMs} ms`)));
    socket.on('error', (error) => this.#lose(socket, error));
    socket.on('close', () =>
      this.#lose(socket, new Error('The server closed the connection without an answer')),
    );
    return socket;
  }

  /** Events of a socket that was replaced say nothing of its successor. */
  #lose(socket: Socket, error: Error): void {
    if (socket === this.#socket) this.#fail(error);
  }

  #fail(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#received = Buffer.alloc(0);
    waiting?.reject(error);
  }

  #read(socket: Socket, data: Buffer): void {
    if (socket !== this.#socket) return;
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    let parsed: ParsedAnswer | undefined;
    try {
      parsed = parseAnswer(this.#received);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (!parsed) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#received = Buffer.alloc(0);
    if (parsed.closes) {
      this.#socket = undefined;
      socket.destroy();
    }
    waiting?.resolve(parsed.answer);
  }
}

interface ParsedAnswer {
  readonly answer: HttpAnswer;
  /** The server will take no further request on this connection. */
  readonly closes: boolean;
}

/** Undefined until the answer is complete; throws when it is not HTTP. */
export function parseAnswer(received: Buffer): ParsedAnswer | undefined {
  if (received.length > MAX_ANSWER_BYTES) throw new Error(`The answer exceeds ${MAX_ANSWER_BYTES} bytes`);
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const head = received.toString('latin1', 0, headEnd).toLowerCase();
  if (!head.startsWith('http/1.')) throw new Error('The server does not answer in HTTP/1.1');
  const status = Number(head.slice(9, 12));
  const bodyStart = headEnd + HEAD_END.length;
  // An interim answer (100 Continue, 103 Early Hints) precedes the real one.
  if (status >= 100 && status < 200) return parseAnswer(received.subarray(bodyStart));
  const body = readBody(head, status, received, bodyStart);
  if (body === undefined) return undefined;
  const closes = head.startsWith('http/1.0') || head.includes('\r\nconnection: close');
  return { answer: { status, body }, closes };
}

function readBody(head: string, status: number, received: Buffer, start: number): string | undefined {
  if (status === 204 || status === 304) return '';
  if (head.includes('\r\ntransfer-encoding: chunked')) return readChunks(received, start);
  const field = '\r\ncontent-length:';
  const at = head.indexOf(field);
  if (at === -1) throw new Error('The answer has neither content-length nor chunks; its end cannot be known');
  const length = Number.parseInt(head.slice(at + field.length), 10);
  return received.length < start + length ? undefined : received.toString('utf8', start, start + length);
}

function readChunks(received: Buffer, start: number): string | undefined {
  const parts: Buffer[] = [];
  let position = start;
  for (;;) {
    const lineEnd = received.indexOf('\r\n', position);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(received.toString('latin1', position, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error('The answer has a malformed chunk');
    const next = lineEnd + 2 + size + 2;
    if (received.length < next) return undefined;
    if (size === 0) return Buffer.concat(parts).toString('utf8');
    parts.push(received.subarray(lineEnd + 2, lineEnd + 2 + size));
    position = next;
  }
}
