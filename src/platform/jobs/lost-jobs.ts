import type { ClaimedRow } from './claim-queries.ts';
import type { JobsContext } from './context.ts';
import { readServerUptimeSeconds } from './database-watch-queries.ts';
import { lockLostJobs, retryLostJobs } from './ended-job-queries.ts';
import { recordAttempts } from './failure-queries.ts';
import { lossesOf, toFailure } from './jobs-of-claim.ts';
import { sqlOf } from './pg-boss.ts';
import type { Queue } from './queue.ts';

const BATCH = 1000;
const WORKER_LOST = { cause: 'WorkerLost', message: 'The worker that ran this job was lost.' };

/**
 * Gives jobs of workers that stopped sending heartbeats to the others. pg-boss does the same in its monitor, which
 * reads whole tables and so runs only once a minute, as a backstop; this reads an index of the jobs at work.
 */
export async function reviveLostJobs(ctx: JobsContext): Promise<void> {
  if (!(await canTrustHeartbeats(ctx))) return;
  for (const queue of ctx.queues.values()) await reviveQueue(ctx, queue);
}

/** After the database was away every heartbeat is late; workers get one lease to send the next. */
export async function canTrustHeartbeats(ctx: JobsContext): Promise<boolean> {
  const graceSeconds = ctx.heartbeatSeconds + 2;
  if (Date.now() - ctx.watch.backSince() < graceSeconds * 1000) return false;
  return (await readServerUptimeSeconds(ctx.engine.kysely)) > graceSeconds;
}

async function reviveQueue(ctx: JobsContext, queue: Queue): Promise<void> {
  const revived = await ctx.engine.kysely.transaction().execute(async (trx) => {
    const lost = await lockLostJobs(trx, queue, BATCH);
    const isCounted = (row: ClaimedRow) => lossesOf(row) >= (queue.task.uncountedLosses ?? 0);
    const isLast = (row: ClaimedRow) => isCounted(row) && row.retry_count >= row.retry_limit;
    const again = lost.filter((row) => !isLast(row));
    const ended = lost.filter(isLast).map((row) => row.id);
    for (const [counted, rows] of Map.groupBy(again, isCounted)) {
      const ids = rows.map((row) => row.id);
      await retryLostJobs(trx, queue, ids, counted);
    }
    if (again.length > 0) {
      await recordAttempts(
        trx,
        again.map((row) => toFailure(queue, row, 'retrying', WORKER_LOST)),
      );
    }
    // pg-boss moves them to the dead letters, whose worker records the end of each.
    if (ended.length > 0) await ctx.boss.fail(queue.name, ended, WORKER_LOST, { db: sqlOf(trx) });
    return lost.length;
  });
  if (revived === 0) return;
  ctx.metrics.count(queue.name, 'lost', revived);
  ctx.log.warn({ task: queue.name, jobs: revived }, 'jobs.worker_lost');
}
