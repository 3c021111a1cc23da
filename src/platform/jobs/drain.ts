import { startBatch } from './batch.ts';
import { createClaimer } from './claim.ts';
import type { JobsContext } from './context.ts';
import { findPaused, findQueuesInUse, skipRetryDelays } from './queue-queries.ts';
import { readQueueStates } from './queue-states.ts';
import { advanceRedrives } from './redrives.ts';

const RUNNING_ELSEWHERE_POLL_MS = 20;

/**
 * Runs all that can run now, and what that leads to, until nothing is left: retries without their delay, redrives
 * without their rate. Jobs for later, of paused queues and behind held keys stay. An outage rejects, since waiting for
 * its end is what a worker is for.
 */
export async function drainQueues(ctx: JobsContext, timeoutMs: number): Promise<void> {
  const endsAt = Date.now() + timeoutMs;
  const claimers = new Map(
    [...ctx.queues.values()].map((queue) => [queue, createClaimer(ctx.engine, queue)]),
  );
  for (;;) {
    const paused = await findPaused(ctx.engine.kysely);
    let done = await advanceRedrives(ctx, { ignoreRate: true });
    const inUse = await findQueuesInUse(ctx.engine.kysely, ['created', 'retry']);
    for (const [queue, claimer] of claimers) {
      // A claim from each of many empty queues would take most of the time.
      if (!inUse.has(queue.name) || paused.has(queue.name)) continue;
      if ((await queue.task.mayClaim?.()) === false) continue;
      await skipRetryDelays(ctx.engine.kysely, queue);
      let { claims } = await claimer.claim(queue.task.batchSize);
      // Where keys take turns a round may end just after the last key that had its turn; the next one begins at the first.
      if (claims.length === 0 && queue.task.fair) ({ claims } = await claimer.claim(queue.task.batchSize));
      for (const claim of claims) {
        const outage = await startBatch(ctx, claim).done;
        if (outage) throw outage;
        done += claim.rows.length;
      }
    }
    if (Date.now() > endsAt) throw await describeLeftovers(ctx, timeoutMs);
    if (done > 0) continue;
    // Workers started in this or another process may hold jobs that lead to more.
    const active = await findQueuesInUse(ctx.engine.kysely, ['active']);
    if (![...ctx.queues.keys()].some((name) => active.has(name))) return;
    await new Promise((resolve) => setTimeout(resolve, RUNNING_ELSEWHERE_POLL_MS));
  }
}

async function describeLeftovers(ctx: JobsContext, timeoutMs: number): Promise<Error> {
  const left = (await readQueueStates(ctx))
    .filter((state) => state.waiting + state.active + state.retrying > 0)
    .map(
      (state) =>
        `${state.queue} (${state.waiting} waiting, ${state.active} active, ${state.retrying} retrying)`,
    );
  return new Error(
    `Jobs were still being made after ${timeoutMs} ms: ${left.join(', ') || 'none left now'}.`,
  );
}
