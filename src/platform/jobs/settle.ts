import type { Handle } from '#platform/db';
import type { Claim } from './claim.ts';
import type { ClaimedRow } from './claim-queries.ts';
import type { JobsContext } from './context.ts';
import { forbidRetries } from './ended-job-queries.ts';
import { describeFault } from './errors.ts';
import { markRecovered, recordAttempts } from './failure-queries.ts';
import { toFailure, toJob } from './jobs-of-claim.ts';
import type { FailedJob, Settlement } from './outcomes.ts';
import { sqlOf } from './pg-boss.ts';
import { completeJobs, giveBackJobs, holdJobs, releaseJobs, retryJobs } from './settle-queries.ts';

/**
 * Writes the outcomes of a batch. Each step names the claim, so repeating all of it after a lost connection changes
 * nothing twice, and jobs that belong to another worker by now are left alone.
 */
export async function settle(ctx: JobsContext, claim: Claim, settlement: Settlement): Promise<void> {
  await settleCompleted(ctx, claim, settlement.completed);
  await settleRetries(ctx, claim, settlement.retries);
  for (const [delayMs, ids] of settlement.postponed) {
    const returned = await giveBackJobs(ctx.engine.kysely, claim, { ids, delayMs, hasRun: true });
    ctx.metrics.count(claim.queue.name, 'given_back', returned);
  }
  await settleExhausted(ctx, claim, settlement.exhausted);
}

/** Also used inside the transaction of an effect, where the record must recover together with the job. */
export async function completeOurs(handle: Handle, claim: Claim, ids: string[]): Promise<number> {
  const completed = await completeJobs(handle, claim, ids);
  const returning = new Set(ids);
  const redelivered = claim.rows.filter(
    (row) => returning.has(row.id) && toJob(claim.queue, row).isRedelivered,
  );
  if (redelivered.length > 0) {
    await markRecovered(
      handle,
      redelivered.map((row) => row.id),
    );
  }
  return completed;
}

async function settleCompleted(ctx: JobsContext, claim: Claim, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  const completed = await completeOurs(ctx.engine.kysely, claim, ids);
  ctx.metrics.count(claim.queue.name, 'completed', completed);
}

async function settleRetries(ctx: JobsContext, claim: Claim, failed: FailedJob[]): Promise<void> {
  if (failed.length === 0) return;
  const rows = rowsById(claim);
  const faults = new Map(failed.map((job) => [job.id, describeFault(job.error)]));
  await ctx.engine.kysely.transaction().execute(async (trx) => {
    const retries = failed.map(({ id, delayMs }) => ({
      id,
      delayMs: delayMs ?? retryDelayMs(claim, rows.get(id)),
      output: faults.get(id) ?? {},
    }));
    const ids = await retryJobs(trx, claim, retries);
    const records = ids.flatMap((id) => {
      const [row, fault] = [rows.get(id), faults.get(id)];
      return row && fault ? [toFailure(claim.queue, row, 'retrying', fault)] : [];
    });
    if (records.length > 0) await recordAttempts(trx, records);
    ctx.metrics.count(claim.queue.name, 'retried', records.length);
  });
}

function retryDelayMs(claim: Claim, row: ClaimedRow | undefined): number {
  const { delaySeconds, backoff, maxDelaySeconds, delaysSeconds } = claim.queue.task.retries;
  const listed = delaysSeconds?.[Math.min(row?.retry_count ?? 0, delaysSeconds.length - 1)];
  if (listed !== undefined) return listed * 1000;
  const doubled = backoff ? delaySeconds * 2 ** Math.min(row?.retry_count ?? 0, 20) : delaySeconds;
  // Half of it is random, so that jobs which failed together do not come back together.
  const jittered = backoff ? doubled * (0.5 + Math.random() / 2) : doubled;
  return Math.min(jittered, maxDelaySeconds ?? Number.POSITIVE_INFINITY) * 1000;
}

async function settleExhausted(ctx: JobsContext, claim: Claim, failed: FailedJob[]): Promise<void> {
  // A task with something to write for each job gets a transaction for each, so that one failing stays alone.
  const groups = claim.queue.task.onExhausted ? failed.map((job) => [job]) : [failed];
  for (const group of groups) {
    if (group.length > 0) await endJobs(ctx, claim, group);
  }
}

async function endJobs(ctx: JobsContext, claim: Claim, failed: FailedJob[]): Promise<void> {
  const ids = failed.map((job) => job.id);
  try {
    await ctx.db.kysely.transaction().execute((trx) => recordEnd(ctx, trx, claim, failed));
  } catch (error) {
    if (await ctx.watch.isOutage(error)) throw error;
    ctx.log.error({ err: error, task: claim.queue.name, jobId: ids[0] }, 'jobs.on_exhausted_failed');
    await moveToDeadLetters(ctx, claim, failed);
  }
}

async function recordEnd(ctx: JobsContext, trx: Handle, claim: Claim, failed: FailedJob[]): Promise<void> {
  const { queue } = claim;
  const ids = failed.map((job) => job.id);
  const end = queue.task.ordered?.onExhausted === 'hold' ? holdJobs : releaseJobs;
  const ended = new Set(await end(trx, claim, ids));
  await recordEnded(
    ctx,
    trx,
    claim.queue,
    claim.rows.filter((row) => ended.has(row.id)),
    (row) => describeFault(failed.find((job) => job.id === row.id)?.error),
  );
}

/** The records of jobs that will not run again, what their task writes for them, and the event in the register. */
export async function recordEnded(
  ctx: JobsContext,
  trx: Handle,
  queue: Claim['queue'],
  rows: ClaimedRow[],
  faultOf: (row: ClaimedRow) => { cause: string; message: string },
): Promise<void> {
  if (rows.length === 0) return;
  const failures = rows.map((row) => toFailure(queue, row, 'failed', faultOf(row)));
  await recordAttempts(trx, failures);
  for (const row of rows) {
    const job = toJob(queue, row);
    await queue.task.onExhausted?.(trx, job, { ...faultOf(row), attempts: job.attempt });
  }
  await ctx.events?.append(
    trx,
    failures.map((failure) => ({
      name: 'job.failed',
      correlationId: failure.correlation_id,
      subjects: failure.key === null ? [failure.id] : [failure.id, failure.key],
      properties: { task: queue.name, cause: failure.attempt.cause, attempts: failure.attempt.attempt },
    })),
  );
  ctx.metrics.count(queue.name, 'failed', rows.length);
  for (const failure of failures) {
    const { cause } = failure.attempt;
    ctx.log.error(
      { task: queue.name, jobId: failure.id, correlationId: failure.correlation_id, cause },
      'job.failed',
    );
  }
}

/** The terminal write failed: the dead-letter worker repeats it until it succeeds, and the key waits meanwhile. */
async function moveToDeadLetters(ctx: JobsContext, claim: Claim, failed: FailedJob[]): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx) => {
    for (const { id, error } of failed) {
      await forbidRetries(trx, claim.queue, [id]);
      await ctx.boss.fail(claim.queue.name, id, describeFault(error), { db: sqlOf(trx) });
    }
  });
}

function rowsById(claim: Claim): Map<string, ClaimedRow> {
  return new Map(claim.rows.map((row) => [row.id, row]));
}
