import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '#platform/telemetry';
import type { CallRing, RecordedCall } from './call-ring.ts';
import { answerControl, isForeignPage } from './controls.ts';
import type { Fault } from './fault-schema.ts';
import type { FaultList } from './faults.ts';
import { json, type Reply, text } from './replies.ts';
import type { RunningSimulator, Simulator } from './simulator.ts';
import type { SimulatorRequest } from './simulator-request.ts';

const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** Longer than clients keep idle connections, so that a close never races a request. */
const KEEP_ALIVE_MS = 75_000;

/** A simulator that runs, with what the frame keeps for it. */
export interface Hosted {
  readonly simulator: Simulator;
  readonly running: RunningSimulator;
  readonly calls: CallRing;
  readonly faults: FaultList;
}

/** The one HTTP server in front of all simulators, each under its own path prefix. */
export class HttpListener {
  readonly #hosted: ReadonlyMap<string, Hosted>;
  readonly #frontPage: () => Reply;
  readonly #log: Logger;
  readonly #server: Server;

  constructor(options: { hosted: readonly Hosted[]; frontPage: () => Reply; log: Logger }) {
    this.#hosted = new Map(options.hosted.map((one) => [one.simulator.name, one]));
    this.#frontPage = options.frontPage;
    this.#log = options.log;
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
      this.#serve(request, response).catch((error: unknown) => this.#fail(error, request, response));
    });
  }

  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => resolve());
    });
    // A listening TCP server always has an address object.
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // Requests that a fault holds open would otherwise keep the server for ever.
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = splitTarget(incoming.url ?? '/');
    if (target.prefix === '') return send(response, this.#frontPage());
    if (target.prefix === 'health') return send(response, json(200, { status: 'UP' }));
    const hosted = this.#hosted.get(target.prefix);
    if (!hosted) return send(response, this.#unknown(target.prefix));
    await serveSimulator(hosted, target, incoming, response);
  }

  #unknown(prefix: string): Reply {
    const names = [...this.#hosted.keys()].map((name) => `/${name}`).join(', ');
    return json(404, { message: `There is no simulator /${prefix}. There are: ${names}.` });
  }

  #fail(error: unknown, incoming: IncomingMessage, response: ServerResponse): void {
    if (incoming.destroyed || response.destroyed) return;
    this.#log.error({ err: error, method: incoming.method }, 'Simulator failed');
    if (response.headersSent) response.destroy();
    else send(response, json(500, { message: 'The simulator failed; its log says why.' }));
  }
}

interface Target {
  readonly prefix: string;
  readonly path: string;
  readonly search: string;
}

function splitTarget(url: string): Target {
  const question = url.indexOf('?');
  const pathname = question === -1 ? url : url.slice(0, question);
  const slash = pathname.indexOf('/', 1);
  return {
    prefix: slash === -1 ? pathname.slice(1) : pathname.slice(1, slash),
    path: slash === -1 ? '/' : pathname.slice(slash),
    search: question === -1 ? '' : url.slice(question),
  };
}

async function serveSimulator(
  hosted: Hosted,
  target: Target,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const time = new Date().toISOString();
  const body = await readBody(incoming);
  if (body === undefined)
    return send(response, json(413, { message: `Send at most ${MAX_BODY_BYTES} bytes.` }));
  const request: SimulatorRequest = {
    method: incoming.method ?? 'GET',
    path: target.path,
    query: new URLSearchParams(target.search),
    headers: incoming.headers,
    body,
  };
  if (isForeignPage(request))
    return send(response, json(403, { message: 'Pages of other sites are refused.' }));
  const aside = (await answerControl(hosted, request)) ?? (await answerPage(hosted, request));
  if (aside) return send(response, aside);

  const call: RecordedCall = {
    time,
    method: request.method,
    path: target.path + target.search,
    headers: incoming.headers,
    body,
    status: null,
  };
  hosted.calls.add(call);
  const fault = hosted.faults.take(request.method, request.path);
  const reply = await answerWithFault(hosted.running, request, fault, response);
  if (!reply) return;
  call.status = reply.status;
  await send(response, reply);
}

async function answerPage({ running }: Hosted, request: SimulatorRequest): Promise<Reply | undefined> {
  return request.method === 'GET' ? running.page?.(request) : undefined;
}

/** Undefined when the fault already dealt with the connection. */
async function answerWithFault(
  running: RunningSimulator,
  request: SimulatorRequest,
  fault: Fault | undefined,
  response: ServerResponse,
): Promise<Reply | undefined> {
  if (!fault) return running.handle(request);
  if (fault.kind === 'timeout_after_commit') {
    await running.handle(request);
    // Without delayMs the client decides how long it waits.
    if (fault.delayMs !== undefined) closeLater(response, fault.delayMs);
    return undefined;
  }
  if (fault.delayMs) await delay(fault.delayMs, undefined, { ref: false });
  if (fault.kind === 'delay') return running.handle(request);
  if (fault.kind === 'status') return faultReply(fault);
  resetSocket(response.socket);
  return undefined;
}

function faultReply(fault: Fault): Reply {
  const status = fault.status ?? 500;
  const reply =
    typeof fault.body === 'string'
      ? text(status, fault.body)
      : json(status, fault.body ?? { message: `Simulated fault: status ${status}` });
  return { ...reply, headers: { ...reply.headers, ...fault.headers } };
}

function closeLater(response: ServerResponse, afterMs: number): void {
  const timer = setTimeout(() => response.destroy(), afterMs);
  response.once('close', () => clearTimeout(timer));
}

function resetSocket(socket: Socket | null): void {
  socket?.resetAndDestroy();
}

async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  if (
    incoming.headers['content-length'] === undefined &&
    incoming.headers['transfer-encoding'] === undefined
  ) {
    return '';
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    incoming.on('end', () => {
      const [only] = chunks;
      const whole = chunks.length === 1 && only ? only : Buffer.concat(chunks);
      resolve(bytes > MAX_BODY_BYTES ? undefined : whole.toString('utf8'));
    });
    incoming.on('error', reject);
  });
}

async function send(response: ServerResponse, reply: Reply): Promise<void> {
  if (response.destroyed) return;
  if (reply.body instanceof Readable) {
    response.writeHead(reply.status, reply.headers);
    await pipeline(reply.body, response);
    return;
  }
  // 204 and 304 may not carry a length.
  const length =
    reply.status === 204 || reply.status === 304 ? {} : { 'content-length': Buffer.byteLength(reply.body) };
  response.writeHead(reply.status, { ...reply.headers, ...length });
  response.end(reply.body);
}
