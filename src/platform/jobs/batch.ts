import type { Tracer } from '#platform/telemetry';
import type { Claim } from './claim.ts';
import type { JobsContext } from './context.ts';
import { toJob } from './jobs-of-claim.ts';
import { type Settlement, sortOutcomes } from './outcomes.ts';
import { completeOurs, settle } from './settle.ts';
import { giveBackJobs, touchJobs } from './settle-queries.ts';
import { type Job, type JobOutcome, JobsLostError, type OutageError, type TaskRun } from './task.ts';

// How long a run may take to notice that it was aborted before its jobs are settled without it.
const ABORT_GRACE_MS = 5_000;

/** One claim being run. */
export interface Batch {
  /** Nothing else of its queue may begin before it has ended. */
  readonly isAlone: boolean;
  /** Resolves when every job is settled; with the outage that the run met, if it did. */
  readonly done: Promise<OutageError | undefined>;
  /** Asks the run to stop; whatever it fails with then does not count. */
  abort(): void;
  /** Settles the jobs without the run. */
  abandon(): Promise<void>;
}

/** The reason of a run's signal, and what its jobs fail with when it does not listen. */
class TimedOutError extends Error {
  constructor(seconds: number) {
    super(`The run took longer than the ${seconds} seconds of its task.`);
    this.name = 'TimedOutError';
  }
}

class StoppedError extends Error {
  constructor() {
    super('The worker is stopping; the jobs run again elsewhere.');
    this.name = 'StoppedError';
  }
}

/** Runs the claim; one that runs alone keeps its lease while it waits for the batches before it. */
export function startBatch(ctx: JobsContext, claim: Claim, before: Iterable<Batch> = []): Batch {
  const stopping = new AbortController();
  const turn = claim.isAlone ? Promise.allSettled([...before].map((batch) => batch.done)) : undefined;
  const done = runBatch(ctx, claim, { stopping: stopping.signal, turn });
  return {
    isAlone: claim.isAlone,
    done,
    abort: () => stopping.abort(),
    async abandon() {
      stopping.abort();
      const ids = claim.rows.map((row) => row.id);
      const returned = await giveBackJobs(ctx.engine.kysely, claim, { ids, delayMs: 0, hasRun: true });
      ctx.metrics.count(claim.queue.name, 'given_back', returned);
    },
  };
}

async function runBatch(
  ctx: JobsContext,
  claim: Claim,
  { stopping, turn }: { stopping: AbortSignal; turn: Promise<unknown> | undefined },
): Promise<OutageError | undefined> {
  const heartbeat = startHeartbeat(ctx, claim);
  try {
    await turn;
    if (turn && stopping.aborted) {
      const ids = claim.rows.map((row) => row.id);
      await giveBackJobs(ctx.engine.kysely, claim, { ids, delayMs: 0, hasRun: false });
      return undefined;
    }
    const startedAt = performance.now();
    const jobs = claim.rows.map((row) => toJob(claim.queue, row));
    const startedOn = new Date();
    const settlement = await runJobs(ctx, { claim, jobs }, heartbeat.leaseEndsAt, stopping);
    if (ctx.tracer?.isOn) recordSpans(ctx.tracer, { jobs, settlement, startedOn });
    ctx.metrics.observeBatch(claim.queue.name, (performance.now() - startedAt) / 1000);
    await ctx.watch.persist(() => settle(ctx, claim, settlement), stopping);
    return settlement.outage;
  } finally {
    heartbeat.stop();
  }
}

async function runJobs(
  ctx: JobsContext,
  { claim, jobs }: { claim: Claim; jobs: Job[] },
  leaseEndsAt: () => number,
  stopping: AbortSignal,
): Promise<Settlement> {
  const { valid, refused } = checkPayloads(claim, jobs);
  const outcomes = valid.length > 0 ? await callTask(ctx, claim, valid, { leaseEndsAt, stopping }) : [];
  const uncounted = await findUncounted(ctx, outcomes, stopping);
  return sortOutcomes(jobs, [...refused, ...outcomes], (error) => uncounted.has(error));
}

/** One span for each job: the run of its batch is what it waited for. */
function recordSpans(
  tracer: Tracer,
  { jobs, settlement, startedOn }: { jobs: Job[]; settlement: Settlement; startedOn: Date },
): void {
  const endedAt = new Date();
  const failed = new Set([...settlement.retries, ...settlement.exhausted].map(({ id }) => id));
  for (const { id, task, attempt, traceparent, correlationId } of jobs) {
    tracer.record({
      name: task,
      kind: 'consumer',
      startedAt: startedOn,
      endedAt,
      traceparent,
      correlationId,
      attributes: {
        'messaging.message.id': id,
        'signalbox.attempt': attempt,
        'signalbox.batch': jobs.length,
      },
      isError: failed.has(id),
    });
  }
}

function checkPayloads(claim: Claim, jobs: Job[]): { valid: Job[]; refused: JobOutcome[] } {
  const valid: Job[] = [];
  const refused: JobOutcome[] = [];
  for (const job of jobs) {
    const fault = claim.queue.explainPayload(job.payload);
    if (fault === undefined) valid.push(job);
    else refused.push({ id: job.id, status: 'refused', error: new InvalidPayloadError(job.task, fault) });
  }
  return { valid, refused };
}

/** The payload does not fit the task's schema, when sent, run or edited. */
export class InvalidPayloadError extends Error {
  constructor(task: string, fault: string) {
    super(`The payload does not fit task ${task}: ${fault}.`);
    this.name = 'InvalidPayloadError';
  }
}

/** Whatever a run throws or leaves undone is the outcome of its jobs; this never throws. */
async function callTask(
  ctx: JobsContext,
  claim: Claim,
  jobs: Job[],
  limits: { leaseEndsAt: () => number; stopping: AbortSignal },
): Promise<JobOutcome[]> {
  const { task } = claim.queue;
  using deadline = startDeadline(task.timeoutSeconds, limits.stopping);
  const run: TaskRun = {
    signal: deadline.signal,
    log: ctx.log.child({ task: task.name }),
    leaseEndsAt: limits.leaseEndsAt,
    async complete(trx, ids) {
      const completed = await completeOurs(trx, claim, ids);
      if (completed < ids.length) throw new JobsLostError(ids.length - completed);
      ctx.metrics.count(task.name, 'completed', completed);
    },
  };
  try {
    const outcomes = await Promise.race([task.run(jobs, run), deadline.passed]);
    return outcomes ?? jobs.map((job) => ({ id: job.id, status: 'completed' }));
  } catch (error) {
    return jobs.map((job) => ({ id: job.id, status: 'failed', error }));
  }
}

/** Aborts its signal when the time is up or the worker stops; `passed` rejects for a run that does not listen. */
function startDeadline(timeoutSeconds: number, stopping: AbortSignal) {
  const aborting = new AbortController();
  const { promise: passed, reject } = Promise.withResolvers<never>();
  // A run that ends in time leaves nobody to hear this.
  passed.catch(() => undefined);
  let grace: NodeJS.Timeout | undefined;
  const end = () => {
    const error = stopping.aborted ? new StoppedError() : new TimedOutError(timeoutSeconds);
    aborting.abort(error);
    grace ??= setTimeout(() => reject(error), ABORT_GRACE_MS);
  };
  const timer = setTimeout(end, timeoutSeconds * 1000);
  if (stopping.aborted) end();
  else stopping.addEventListener('abort', end, { once: true });
  return {
    signal: aborting.signal,
    passed,
    [Symbol.dispose]() {
      clearTimeout(timer);
      clearTimeout(grace);
      stopping.removeEventListener('abort', end);
    },
  };
}

/** Errors that are not the fault of the job: our database was away, its lease ended, or the worker is stopping. */
async function findUncounted(
  ctx: JobsContext,
  outcomes: JobOutcome[],
  stopping: AbortSignal,
): Promise<Set<unknown>> {
  const uncounted = new Set<unknown>();
  for (const error of new Set(outcomes.map((outcome) => ('error' in outcome ? outcome.error : undefined)))) {
    if (error === undefined) continue;
    if (stopping.aborted || error instanceof JobsLostError) uncounted.add(error);
    else if (await ctx.watch.isOutage(error)) {
      ctx.watch.report(error);
      uncounted.add(error);
    }
  }
  return uncounted;
}

function startHeartbeat(ctx: JobsContext, claim: Claim) {
  const leaseMs = ctx.heartbeatSeconds * 1000;
  const ids = claim.rows.map((row) => row.id);
  let leaseEndsAt = claim.claimedFrom + leaseMs;
  let isBeating = false;
  const beat = async () => {
    if (isBeating) return;
    isBeating = true;
    const from = Date.now();
    try {
      await touchJobs(ctx.engine.kysely, claim, ids);
      leaseEndsAt = from + leaseMs;
    } catch (error) {
      // The next beat tries again; a database that is away is reported when the batch settles.
      ctx.log.debug({ err: error, task: claim.queue.name }, 'jobs.heartbeat_failed');
    } finally {
      isBeating = false;
    }
  };
  const timer = setInterval(() => void beat(), leaseMs / 3);
  return { leaseEndsAt: () => leaseEndsAt, stop: () => clearInterval(timer) };
}
