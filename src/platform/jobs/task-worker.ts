// One per task and worker process. A single loop claims, so workers of one process never contend with each other, and
// batches run beside it up to the concurrency of the task.
import { type Batch, startBatch } from './batch.ts';
import { type Claim, createClaimer } from './claim.ts';
import type { JobsContext } from './context.ts';
import { createOutageGate } from './outage-gate.ts';
import type { Queue } from './queue.ts';
import { giveBackJobs } from './settle-queries.ts';

const MIN_POLL_MS = 100;
const MAX_POLL_MS = 500;
// While the process's own look-out wakes a queue when a job of it is due (wake.ts).
const WATCHED_POLL_MS = 60_000;
const PAUSED_POLL_MS = 500;
const UNEXPECTED_FAULT_MS = 1_000;
// After the abort signal a run has this long to come back before its jobs are given back without it.
const ABORT_WAIT_MS = 2_000;

export interface TaskWorker {
  /** There may be something to do. */
  wake(): void;
  /** Stops claiming, waits for running batches, then aborts them and gives their jobs back uncounted. */
  stop(graceMs: number): Promise<void>;
}

export interface TaskWorkerHints {
  isPaused: () => boolean;
  /** Whether `wake` comes for every job that falls due, so that an idle worker may sleep long. */
  isWatched: () => boolean;
}

export function startTaskWorker(ctx: JobsContext, queue: Queue, hints: TaskWorkerHints): TaskWorker {
  const { batchSize, concurrency, gatherMs = 0 } = queue.task;
  const mayClaim = async () => (await queue.task.mayClaim?.()) ?? true;
  const claimer = createClaimer(ctx.engine, queue);
  const outage = createOutageGate(ctx, queue.name);
  const running = new Set<Batch>();
  const stopping = new AbortController();
  const sleeper = createSleeper();

  async function loop(): Promise<void> {
    let pollMs = MIN_POLL_MS;
    let gatheringUntil = 0;
    while (!stopping.signal.aborted) {
      try {
        if (running.size >= concurrency || isOneAlone()) await sleeper.sleep(PAUSED_POLL_MS);
        else if (hints.isPaused() || !(await mayClaim())) await sleeper.sleep(PAUSED_POLL_MS);
        else if (!outage.isOpen()) await probe();
        else if (gatheringUntil > Date.now()) await sleeper.sleep(gatheringUntil - Date.now());
        else {
          const { found, hasMore } = await claimAndStart(batchSize);
          if (found > 0 && !hasMore) gatheringUntil = Date.now() + gatherMs;
          pollMs = found > 0 ? MIN_POLL_MS : Math.min(pollMs * 1.5, MAX_POLL_MS);
          const isIdle = pollMs === MAX_POLL_MS && hints.isWatched();
          if (found === 0) await sleeper.sleep(isIdle ? WATCHED_POLL_MS : pollMs);
        }
      } catch (error) {
        if (stopping.signal.aborted) return;
        // A fault in one claim must not end the worker; anything lasting shows in the log each second.
        ctx.log.error({ err: error, task: queue.name }, 'jobs.claim_failed');
        await sleeper.sleep(UNEXPECTED_FAULT_MS);
      }
    }
  }

  const isOneAlone = () => [...running].some((batch) => batch.isAlone);

  async function claimAndStart(limit: number): Promise<{ found: number; hasMore: boolean }> {
    const { claims, hasMore } = await ctx.watch.persist(() => claimer.claim(limit), stopping.signal);
    for (const claim of claims) {
      if (stopping.signal.aborted) await giveBackUnrun(claim);
      else void track(claim, false);
    }
    return { found: claims.reduce((sum, claim) => sum + claim.rows.length, 0), hasMore };
  }

  /** One job decides whether what was away is back. */
  async function probe(): Promise<void> {
    const waitMs = outage.waitMs();
    if (waitMs > 0 || running.size > 0)
      return sleeper.sleep(Math.min(Math.max(waitMs, MIN_POLL_MS), MAX_POLL_MS));
    const { claims } = await ctx.watch.persist(() => claimer.claim(1), stopping.signal);
    // With nothing left to do there is nothing to wait for either.
    if (claims.length === 0) return outage.end();
    for (const claim of claims) await track(claim, true);
  }

  async function track(claim: Claim, isProbe: boolean): Promise<void> {
    const batch = startBatch(ctx, claim, running);
    running.add(batch);
    try {
      const error = await batch.done;
      if (error) await outage.begin(error, isProbe);
      else if (isProbe) await outage.end();
    } catch (error) {
      // Their heartbeats have ended, so the jobs come back as those of a lost worker.
      if (!stopping.signal.aborted) ctx.log.error({ err: error, task: queue.name }, 'jobs.settle_failed');
    } finally {
      running.delete(batch);
      sleeper.wake();
    }
  }

  async function giveBackUnrun(claim: Claim): Promise<void> {
    const ids = claim.rows.map((row) => row.id);
    await giveBackJobs(ctx.engine.kysely, claim, { ids, delayMs: 0, hasRun: false });
  }

  const looping = loop();
  return {
    wake: sleeper.wake,
    async stop(graceMs) {
      stopping.abort();
      sleeper.wake();
      await looping;
      if (await allDone(running, graceMs)) return;
      for (const batch of running) batch.abort();
      if (await allDone(running, ABORT_WAIT_MS)) return;
      await Promise.allSettled([...running].map((batch) => batch.abandon()));
    },
  };
}

async function allDone(batches: Set<Batch>, withinMs: number): Promise<boolean> {
  if (batches.size === 0) return true;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), withinMs);
  void Promise.allSettled([...batches].map((batch) => batch.done)).then(() => resolve(true));
  return promise.finally(() => clearTimeout(timer));
}

/** A sleep that a wake ends early; a wake while awake shortens the next sleep to nothing. */
function createSleeper() {
  let isWoken = false;
  let wakeUp: (() => void) | undefined;
  return {
    wake() {
      isWoken = true;
      wakeUp?.();
    },
    async sleep(ms: number): Promise<void> {
      if (!isWoken) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wakeUp = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      isWoken = false;
      wakeUp = undefined;
    },
  };
}
