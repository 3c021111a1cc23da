import type { Static, TSchema } from 'typebox';
import type { Handle } from '#platform/db';
import type { Logger } from '#platform/telemetry';

/** One queued run of a task, as its code sees it. */
export interface Job<P = unknown> {
  id: string;
  task: string;
  key: string | null;
  payload: P;
  correlationId: string | null;
  /** W3C trace context of whoever sent the job. */
  traceparent: string | null;
  /** 1 on the first run. */
  attempt: number;
  maxAttempts: number;
  enqueuedAt: Date;
  /** A former run may have got anywhere, even through its effect: look before doing anything twice. */
  isRedelivered: boolean;
}

/**
 * What became of one job of a batch. `failed` waits as its task says, or as long as the run says. `refused` fails at once
 * without further retries; `postponed` runs again later and does not count as an attempt.
 */
export type JobOutcome =
  | { id: string; status: 'completed' }
  | { id: string; status: 'failed'; error: unknown; delayMs?: number }
  | { id: string; status: 'refused'; error: unknown }
  | { id: string; status: 'postponed'; delayMs?: number };

export interface TaskRun {
  /** Aborted when the time of the task is up or the worker stops. */
  signal: AbortSignal;
  log: Logger;
  /** Milliseconds since the epoch until which nobody else can be given these jobs; heartbeats move it on. */
  leaseEndsAt(): number;
  /**
   * Completes jobs of this batch inside the transaction of their effect, so that both commit or neither. Throws
   * `JobsLostError` when one of them is no longer ours.
   */
  complete(trx: Handle, ids: string[]): Promise<void>;
}

export interface JobFailure {
  /** Error name, SQLSTATE or HTTP status. */
  cause: string;
  message: string;
  attempts: number;
}

export interface TaskDefinition<P extends TSchema = TSchema> {
  /** `module.verb_noun`. */
  name: string;
  /** Checked when a job is sent and again when it runs. */
  payload: P;
  /**
   * Jobs of one key run one at a time in the order they were sent, and a job that waits for its retry holds its key
   * back. Once attempts run out the key goes on (`release`), or waits until a person retries or ignores the job.
   */
  ordered?: { onExhausted: 'release' | 'hold' };
  /**
   * Jobs of an unordered task take turns by key: however many one key has, the next job of another waits for a turn
   * only. Of one key about `maxActivePerKey` run at a time; workers that claim at the same moment may exceed it.
   */
  fair?: { maxActivePerKey?: number };
  /**
   * `limit` counts the runs after the first; `backoff` doubles the delay each time. `delaysSeconds` gives the delay
   * after each failure instead, the last one for all that follow.
   */
  retries: {
    limit: number;
    delaySeconds: number;
    backoff: boolean;
    maxDelaySeconds?: number;
    delaysSeconds?: readonly number[];
  };
  /**
   * So many runs in a row that ended with their worker (killed, out of memory, power cut) are no attempts. The next one
   * counts, since the job may be what ends its workers. From the second loss on it runs alone, so that the jobs of its
   * batch do not share its fate. Every one counts without it.
   */
  uncountedLosses?: number;
  batchSize: number;
  /** Batches running at the same time in one worker process. */
  concurrency: number;
  /** Workers are told of each new job, for queues that a person waits on; NOTIFY makes commits queue up. */
  wake?: boolean;
  /**
   * After a batch that was not full, the next one is claimed this much later at the earliest: while jobs trickle in
   * from a stage before this one, fewer and fuller batches cost far less than many small ones.
   */
  gatherMs?: number;
  timeoutSeconds: number;
  /**
   * Asked before each claim: while it says no, this process leaves the queue to others and asks again twice a second.
   * Which process may work is then a matter of the task's own, such as of a release that is switched.
   */
  mayClaim?(): Promise<boolean>;
  /** How long completed jobs are kept to be looked at; 0 removes them as they complete. One hour by default. */
  keepCompletedSeconds?: number;
  /** Returns what became of each job; nothing means all completed and a throw means all failed. */
  // biome-ignore lint/suspicious/noConfusingVoidType: an async function without a return is the usual handler
  run(jobs: Job<Static<P>>[], run: TaskRun): Promise<JobOutcome[] | void>;
  /** Writes the terminal state of the work, in the transaction that records the failure. */
  onExhausted?(trx: Handle, job: Job<Static<P>>, failure: JobFailure): Promise<void>;
}

/** A task without its code: all that a sender needs, and what the code is bound to where its context is known. */
export type TaskOptions<P extends TSchema = TSchema> = Omit<
  TaskDefinition<P>,
  'run' | 'onExhausted' | 'mayClaim'
>;

/** Joins options and code. The payload's type is forgotten: every payload is checked against the schema anyway. */
export function bindTask<P extends TSchema>(
  options: TaskOptions<P>,
  code: Pick<TaskDefinition<P>, 'run' | 'onExhausted' | 'mayClaim'>,
): TaskDefinition {
  return defineTask({ ...options, ...code }) as unknown as TaskDefinition;
}

/** Thrown by a run when something outside is down: the jobs go back uncounted and the task waits with probes. */
export class OutageError extends Error {
  readonly resource: string;

  constructor(resource: string, options: { cause?: unknown } = {}) {
    super(`${resource} does not answer; the jobs wait until it does.`, options);
    this.name = 'OutageError';
    this.resource = resource;
  }
}

/** Thrown by `run.complete` when the lease of a job ended, so that its effect rolls back. */
export class JobsLostError extends Error {
  constructor(lost: number) {
    super(`${lost} jobs of this batch belong to another worker by now; their transaction must roll back.`);
    this.name = 'JobsLostError';
  }
}

/** Checks a definition once, so that a mistake shows when the program starts. */
export function defineTask<P extends TSchema>(definition: TaskDefinition<P>): TaskDefinition<P> {
  const { name, batchSize, concurrency, timeoutSeconds, retries } = definition;
  if (!/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/.test(name)) {
    throw new Error(`Task name "${name}" must look like module.verb_noun.`);
  }
  if (definition.fair && definition.ordered) throw new Error(`Task ${name} is either ordered or fair.`);
  for (const [field, value, least] of [
    ['batchSize', batchSize, 1],
    ['concurrency', concurrency, 1],
    ['timeoutSeconds', timeoutSeconds, 1],
    ['retries.limit', retries.limit, 0],
    ['retries.delaySeconds', retries.delaySeconds, 0],
    ['uncountedLosses', definition.uncountedLosses ?? 0, 0],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new Error(`Task ${name}: ${field} must be a whole number of at least ${least}.`);
    }
  }
  return definition;
}

/** Runs each job of a batch by itself, up to `concurrency` at a time, each with its own outcome. */
export function perJob<P>(
  handler: (job: Job<P>, run: TaskRun) => Promise<void>,
  concurrency = 10,
): (jobs: Job<P>[], run: TaskRun) => Promise<JobOutcome[]> {
  return async (jobs, run) => {
    const outcomes: JobOutcome[] = [];
    const waiting = jobs.values();
    let outage: OutageError | undefined;
    const runNext = async () => {
      for (const job of waiting) {
        if (outage || run.signal.aborted) outcomes.push({ id: job.id, status: 'postponed' });
        else outcomes.push(await runOne(job));
      }
    };
    const runOne = async (job: Job<P>): Promise<JobOutcome> => {
      try {
        await handler(job, run);
        return { id: job.id, status: 'completed' };
      } catch (error) {
        if (error instanceof OutageError) outage ??= error;
        if (error instanceof RefusedError)
          return { id: job.id, status: 'refused', error: error.cause ?? error };
        return { id: job.id, status: 'failed', error };
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, jobs.length) }, runNext));
    return outcomes;
  };
}

/** Thrown by a `perJob` handler for a permanent refusal: no retry can help. */
export class RefusedError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'RefusedError';
  }
}
