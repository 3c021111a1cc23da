import type { Agent, Dispatcher, errors } from 'undici';
import type { Metrics, Tracer } from '#platform/telemetry';

export interface OutgoingCall {
  /** Which outside system: a label of the metrics, so one of few. */
  target: string;
  url: string;
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Goes along as `correlation-id`. */
  correlationId?: string;
  /** For the whole exchange. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** A longer answer is a failure; 10 MiB without it. */
  maxBytes?: number;
}

export interface OutgoingAnswer {
  status: number;
  /** Names in lower case; of a repeated header the first value. */
  headers: Record<string, string>;
  body: Buffer;
}

/** Calls to other systems over kept connections: timed, counted, traced, and correlated. */
export interface OutgoingCalls {
  /** Resolves with whatever status was answered; redirects are not followed. Throws OutgoingCallError when no answer came. */
  call(call: OutgoingCall): Promise<OutgoingAnswer>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type OutgoingFault = 'unreachable' | 'timeout' | 'connection_lost' | 'too_large' | 'aborted';

/** No answer came. What the other side did is unknown unless it was never reached. */
export class OutgoingCallError extends Error {
  readonly target: string;
  readonly fault: OutgoingFault;

  constructor(target: string, fault: OutgoingFault, cause: unknown) {
    super(`${target} gave no answer: ${FAULT_WORDS[fault]}`, { cause });
    this.name = 'OutgoingCallError';
    this.target = target;
    this.fault = fault;
  }

  /** False only when the request cannot have arrived, so that sending it again cannot do anything twice. */
  get mayHaveArrived(): boolean {
    return this.fault !== 'unreachable';
  }
}

const FAULT_WORDS: Record<OutgoingFault, string> = {
  unreachable: 'it could not be reached',
  timeout: 'the time ran out',
  connection_lost: 'the connection was lost',
  too_large: 'the answer was too large',
  aborted: 'the call was given up',
};

const MAX_BYTES = 10 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 5_000;
/** Shorter than the 5 s after which Node's own servers close an idle connection: a reused one must not be half closed. */
const KEEP_ALIVE_MS = 4_000;
const NEVER_ARRIVED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export function createOutgoingCalls(options: {
  metrics: Metrics;
  tracer: Tracer;
  /** Connections to one origin at most. A call that waits for one does so in its own time, and may then run out of it. */
  connections?: number;
}): OutgoingCalls {
  const { metrics, tracer, connections = 256 } = options;
  const duration = metrics.histogram('signalbox_outgoing_call_seconds', 'Time of a call to another system', [
    'target',
    'method',
    'outcome',
  ]);
  let agent: Promise<Agent> | undefined;
  return {
    call: async (call) => {
      agent ??= createAgent(connections);
      const startedAt = new Date();
      const started = performance.now();
      let outcome = 'unknown';
      try {
        const answer = await exchange(await agent, call);
        outcome = `${Math.floor(answer.status / 100)}xx`;
        return answer;
      } catch (error) {
        const fault = faultOf(error, call.signal);
        outcome = fault;
        throw new OutgoingCallError(call.target, fault, error);
      } finally {
        const seconds = (performance.now() - started) / 1_000;
        duration.observe({ target: call.target, method: call.method, outcome }, seconds);
        if (tracer.isOn) {
          tracer.record({
            name: `${call.method} ${call.target}`,
            kind: 'client',
            startedAt,
            endedAt: new Date(startedAt.getTime() + seconds * 1_000),
            correlationId: call.correlationId,
            attributes: {
              'http.request.method': call.method,
              // Without the query: it may hold names.
              'url.full': call.url.split('?', 1)[0] ?? '',
              'signalbox.outcome': outcome,
            },
            isError: !/^[123]xx$/.test(outcome),
          });
        }
      }
    },
    [Symbol.asyncDispose]: async () => {
      // Whoever called has given up by the time the platform is taken down.
      await (await agent)?.destroy();
    },
  };
}

/** Loaded at the first call: a process that never calls out need not hold the client in memory. */
async function createAgent(connections: number): Promise<Agent> {
  const undici = await import('undici');
  return new undici.Agent({
    connections,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
  });
}

async function exchange(agent: Agent, call: OutgoingCall): Promise<OutgoingAnswer> {
  const timeout = AbortSignal.timeout(call.timeoutMs);
  const signal = call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]);
  const { origin, pathname, search } = new URL(call.url);
  const answer = await agent.request({
    origin,
    path: pathname + search,
    method: call.method,
    headers: {
      ...(call.correlationId === undefined ? {} : { 'correlation-id': call.correlationId }),
      ...call.headers,
    },
    body: call.body ?? null,
    signal,
    headersTimeout: call.timeoutMs,
    bodyTimeout: call.timeoutMs,
  });
  return {
    status: answer.statusCode,
    headers: firstValues(answer.headers),
    body: await readBody(answer.body, call.maxBytes ?? MAX_BYTES),
  };
}

async function readBody(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    // Leaving the loop destroys the body and its connection.
    if (bytes > maxBytes) throw new AnswerTooLargeError();
    chunks.push(chunk);
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

class AnswerTooLargeError extends Error {}

function firstValues(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) values[name] = first;
  }
  return values;
}

function faultOf(error: unknown, givenUp: AbortSignal | undefined): OutgoingFault {
  if (error instanceof AnswerTooLargeError) return 'too_large';
  const { name, code } = error as errors.UndiciError;
  if (NEVER_ARRIVED.has(code)) return 'unreachable';
  if (givenUp?.aborted) return 'aborted';
  if (name === 'TimeoutError' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return 'timeout';
  }
  return 'connection_lost';
}
