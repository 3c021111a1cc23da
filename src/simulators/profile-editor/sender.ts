import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { createPlanner, type EventMix, type PlannedEvent } from './event-plan.ts';
import { HttpConnection } from './http-connection.ts';
import { type Latencies, LatencyHistogram } from './latency-histogram.ts';
import { ProfileLedger } from './profile-ledger.ts';

export interface ChangeEventOptions {
  /** The change event address of a directory. */
  readonly target: string;
  readonly apiKey: string;
  readonly events: number;
  /** Events per second over all connections; 0 sends as fast as answers come. */
  readonly rate: number;
  readonly connections: number;
  readonly mix: EventMix;
  readonly seed: number;
  readonly odsCodes: readonly string[];
  readonly unmatchedCodes: readonly string[];
  /** The JSON text of an event. */
  readonly eventBody: (event: PlannedEvent) => string;
  /** Correlation ids are this and the number of the event in the run. */
  readonly runId: string;
  /** Versions and numbers to go on from; a new ledger starts every code at version 0. */
  readonly ledger?: ProfileLedger;
  readonly signal?: AbortSignal;
  readonly onAnswer?: (event: AnsweredEvent) => void;
  readonly maxAttempts?: number;
}

/** An event with its last answer; status is null when no attempt got one. */
export interface AnsweredEvent extends PlannedEvent {
  readonly status: number | null;
  readonly attempts: number;
  readonly answeredAt: number;
}

export interface ChangeEventProgress {
  readonly sent: number;
  readonly accepted: number;
  readonly refused: number;
  /** Events given up: no attempt got an answer below 500. */
  readonly errors: number;
  readonly retries: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Milliseconds from when an event was due to its last answer. */
  readonly latencies: Latencies;
  readonly elapsedMs: number;
  readonly eventsPerSecond: number;
  readonly finished: boolean;
}

const ATTEMPT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_ATTEMPTS = 60;
const RETRY_BASE_MS = 50;
const RETRY_MAX_MS = 2000;
const PROGRESS_EVERY_MS = 250;
/** How long a stopped run waits for the answers it is owed. */
const STOP_GRACE_MS = 1000;

/**
 * Sends a run of change events and resolves with its final figures. Each ODS code belongs to one connection, which
 * sends one event at a time: events of a code therefore arrive in the order of their numbers, as those of NHS.uk do.
 * A lost connection or a 5XX is tried again with the same correlation id and number.
 */
export async function runChangeEvents(
  options: ChangeEventOptions,
  onProgress: (progress: ChangeEventProgress) => void = () => {},
): Promise<ChangeEventProgress> {
  const tally = new Tally();
  const shares = Math.max(1, Math.min(options.connections, options.odsCodes.length, options.events));
  const ledger = options.ledger ?? new ProfileLedger();
  // Every connection listens for the stop; that is no leak.
  if (options.signal) setMaxListeners(0, options.signal);
  const timer = setInterval(() => onProgress(tally.progress(false)), PROGRESS_EVERY_MS);
  try {
    await Promise.all(
      Array.from({ length: shares }, (_, share) => sendShare({ ...options, ledger, tally, share, shares })),
    );
  } finally {
    clearInterval(timer);
  }
  const final = tally.progress(true);
  onProgress(final);
  return final;
}

interface Share extends ChangeEventOptions {
  readonly ledger: ProfileLedger;
  readonly tally: Tally;
  readonly share: number;
  readonly shares: number;
}

async function sendShare(options: Share): Promise<void> {
  const { tally, share, shares, rate, ledger, signal } = options;
  const url = new URL(options.target);
  using connection = new HttpConnection({ url, timeoutMs: ATTEMPT_TIMEOUT_MS });
  const hangUp = () => void setTimeout(() => connection[Symbol.dispose](), STOP_GRACE_MS).unref();
  signal?.addEventListener('abort', hangUp, { once: true });
  const odsCodes = options.odsCodes.filter((_, index) => index % shares === share);
  const planNext = createPlanner({ ...options, odsCodes, seed: options.seed * 1_000_003 + share });
  const headStart = requestHead(url, options.apiKey);
  for (let number = share; number < options.events; number += shares) {
    const dueAt = rate > 0 ? tally.startedAt + (number * 1000) / rate : performance.now();
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await pause(Math.ceil(waitMs), signal);
    if (signal?.aborted) return;
    // A timer's lateness is not the directory's; an event that its connection was not free to send is.
    const from = waitMs > 0 ? performance.now() : dueAt;
    const event = planNext(`${options.runId}-${number}`);
    const request = requestText(headStart, event, options.eventBody(event));
    tally.sent += 1;
    const { status, attempts } = await deliver(connection, request, options);
    const isAccepted = status !== null && status >= 200 && status < 300;
    if (isAccepted && event.kind !== 'stale' && event.kind !== 'poison')
      ledger.accepted(event.odsCode, event);
    tally.answered(status, attempts, performance.now() - from);
    options.onAnswer?.({ ...event, status, attempts, answeredAt: Date.now() });
  }
}

async function deliver(
  connection: HttpConnection,
  request: string,
  { maxAttempts = DEFAULT_MAX_ATTEMPTS, signal }: ChangeEventOptions,
): Promise<{ status: number | null; attempts: number }> {
  let status: number | null = null;
  for (let attempts = 1; ; attempts += 1) {
    try {
      ({ status } = await connection.send(request));
      if (status < 500) return { status, attempts };
    } catch {
      // Whether the event arrived is unknown, which is why the next attempt carries the same ids.
    }
    if (attempts >= maxAttempts || signal?.aborted) return { status, attempts };
    await pause(Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** Math.min(attempts - 1, 10)), signal);
  }
}

function requestHead(url: URL, apiKey: string): string {
  return `POST ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\nx-api-key: ${apiKey}\r\n`;
}

function requestText(headStart: string, event: PlannedEvent, body: string): string {
  return `${headStart}sequence-number: ${event.sequenceNumber}\r\ncorrelation-id: ${event.correlationId}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Ends early, without throwing, when the run is stopped. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** The running figures of one run; a plain holder that only this file touches. */
class Tally {
  readonly startedAt = performance.now();
  readonly #latencies = new LatencyHistogram();
  readonly #statuses: Record<string, number> = {};
  sent = 0;
  #accepted = 0;
  #refused = 0;
  #errors = 0;
  #retries = 0;

  answered(status: number | null, attempts: number, latencyMs: number): void {
    const key = String(status ?? 'none');
    this.#statuses[key] = (this.#statuses[key] ?? 0) + 1;
    this.#retries += attempts - 1;
    this.#latencies.add(latencyMs);
    if (status === null || status >= 500) this.#errors += 1;
    else if (status >= 200 && status < 300) this.#accepted += 1;
    else this.#refused += 1;
  }

  progress(finished: boolean): ChangeEventProgress {
    const elapsedMs = performance.now() - this.startedAt;
    const answered = this.#accepted + this.#refused + this.#errors;
    return {
      sent: this.sent,
      accepted: this.#accepted,
      refused: this.#refused,
      errors: this.#errors,
      retries: this.#retries,
      statuses: { ...this.#statuses },
      latencies: this.#latencies.summary(),
      elapsedMs: Math.round(elapsedMs),
      eventsPerSecond: Number(((answered * 1000) / Math.max(1, elapsedMs)).toPrecision(4)),
      finished,
    };
  }
}
