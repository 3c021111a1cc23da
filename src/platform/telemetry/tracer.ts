import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './logger.ts';
import { newTraceparent, parseTraceparent } from './traceparent.ts';

/** One finished piece of work, in OpenTelemetry's words. */
export interface Span {
  name: string;
  kind: 'server' | 'client' | 'consumer' | 'internal';
  startedAt: Date;
  endedAt: Date;
  /** W3C header of what caused it; absent starts a new trace. */
  traceparent?: string | null | undefined;
  /** Without a traceparent, everything of one correlation id is one trace. */
  correlationId?: string | null | undefined;
  attributes: Record<string, string | number | boolean>;
  isError?: boolean;
}

export interface Tracer {
  /** False without a collector: callers need not gather anything. */
  readonly isOn: boolean;
  record(span: Span): void;
  /** Sends what is waiting. */
  [Symbol.asyncDispose](): Promise<void>;
}

const KINDS = { internal: 1, server: 2, client: 3, consumer: 5 } as const;
const BATCH = 512;
const SEND_EVERY_MS = 2_000;
/** A collector that is away must not fill our memory: the newest spans beyond this many are dropped and counted. */
const LARGEST_BACKLOG = 20_000;

/**
 * Spans to an OpenTelemetry collector as OTLP over HTTP in its JSON form: one POST of a few fields, which is why this
 * is not the SDK with its many packages in each process.
 */
export function createTracer(options: {
  endpoint: string | undefined;
  serviceName: string;
  log: Logger;
}): Tracer {
  const { endpoint, serviceName, log } = options;
  if (endpoint === undefined) {
    return { isOn: false, record: () => undefined, [Symbol.asyncDispose]: async () => undefined };
  }
  const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
  const stopping = new AbortController();
  let waiting: Span[] = [];
  let dropped = 0;
  let isFailing = false;

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(exportRequest(serviceName, batch)),
        signal: AbortSignal.timeout(5_000),
      });
      if (!response.ok) throw new Error(`The collector answered ${response.status}`);
      waiting = waiting.slice(batch.length);
      if (isFailing) log.info({ dropped }, 'trace export works again');
      isFailing = false;
    }
  };
  const tryFlush = async (): Promise<void> => {
    try {
      await flush();
    } catch (error) {
      if (!isFailing) log.warn({ err: error }, 'traces not exported');
      isFailing = true;
    }
  };
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(SEND_EVERY_MS, undefined, { signal: stopping.signal, ref: false }).catch((error) => {
        if (!stopping.signal.aborted) throw error;
      });
      await tryFlush();
    }
  })();

  return {
    isOn: true,
    record: (span) => {
      if (waiting.length < LARGEST_BACKLOG) waiting.push(span);
      else dropped += 1;
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await loop;
    },
  };
}

function exportRequest(serviceName: string, spans: Span[]): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: [attribute('service.name', serviceName)] },
        scopeSpans: [{ scope: { name: 'signalbox' }, spans: spans.map(toOtlp) }],
      },
    ],
  };
}

function toOtlp(span: Span): object {
  const parent = parseTraceparent(span.traceparent ?? undefined);
  const { correlationId } = span;
  return {
    traceId: parent?.traceId ?? (correlationId ? traceIdOf(correlationId) : newTraceparent().traceId),
    spanId: randomBytes(8).toString('hex'),
    ...(parent ? { parentSpanId: parent.parentId } : {}),
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: nanoseconds(span.startedAt),
    endTimeUnixNano: nanoseconds(span.endedAt),
    attributes: [
      ...(correlationId ? [attribute('signalbox.correlation_id', correlationId)] : []),
      ...Object.entries(span.attributes).map(([key, value]) => attribute(key, value)),
    ],
    status: { code: span.isError ? 2 : 1 },
  };
}

/** 32 hex digits, the same in every process. */
function traceIdOf(correlationId: string): string {
  return createHash('md5').update(correlationId).digest('hex');
}

function nanoseconds(time: Date): string {
  return `${time.getTime()}000000`;
}

function attribute(key: string, value: string | number | boolean): object {
  if (typeof value === 'string') return { key, value: { stringValue: value } };
  if (typeof value === 'boolean') return { key, value: { boolValue: value } };
  return { key, value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value } };
}
