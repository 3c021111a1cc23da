// Completion, cancellation and thresholds follow from stored counters, so nothing is lost with a process (F5, F6, F7).
import type { Handle } from '#platform/db';
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import { minutesSince } from '../engine/local-time.ts';
import { domainOf } from '../engine/tools.ts';
import { countUncertain } from '../ledger/ledger-queries.ts';
import { type RunPayload, watchTask } from '../tasks/definitions.ts';
import { requestCancel, runEvents } from './cancel-run.ts';
import { countDeadLetters, type RunProgress, readProgress } from './run-progress.ts';
import {
  lockRun,
  type Run,
  type RunSample,
  recordCheck,
  recordEnd,
  selectOpenRuns,
  selectRun,
} from './run-queries.ts';

const SAMPLES = 30;
const SAMPLE_EVERY_MS = 2_000;

/** Looks at each run and either ends it or comes back. */
export function watchRuns(ctx: MigrationContext) {
  return async (jobs: Job<RunPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    const outcomes: JobOutcome[] = [];
    for (const job of jobs) {
      const hasEnded = await watchOne(ctx, job, run);
      outcomes.push(
        hasEnded
          ? { id: job.id, status: 'completed' }
          : { id: job.id, status: 'postponed', delayMs: ctx.config.checkRetrySeconds * 1_000 },
      );
    }
    return outcomes;
  };
}

async function watchOne(ctx: MigrationContext, job: Job<RunPayload>, run: TaskRun): Promise<boolean> {
  const seen = await selectRun(ctx.db.kysely, job.payload.migrationId);
  if (!seen || seen.status === 'COMPLETED' || seen.status === 'CANCELLED') return true;
  const progress = await readProgress(ctx, seen);
  const now = ctx.clock.now();
  const idleChecks = progress.isSettled ? seen.idleChecks + 1 : 0;
  if (progress.isSettled && idleChecks > ctx.config.checkCount) {
    await ctx.db.kysely.transaction().execute(async (trx) => {
      await end(ctx, trx, seen);
      await run.complete(trx, [job.id]);
    });
    return true;
  }
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await recordCheck(trx, seen.migrationId, {
      idleSince: progress.isSettled ? (seen.idleSince ?? now) : null,
      idleChecks,
      samples: withSample(seen.samples, { at: now.getTime(), settled: progress.settled }),
    });
    await stopWhenTooManyFailed(ctx, trx, seen, progress);
  });
  return false;
}

/** Counts are taken at the end, outside the hands of those who still wait for the row. */
async function end(ctx: MigrationContext, trx: Handle, seen: Run): Promise<void> {
  const domain = domainOf(ctx, seen.migrationType);
  const counts = {
    recordsMigrated: await ctx.mappings.countByLabel(domain, seen.migrationId),
    recordsFailed: await countDeadLetters(ctx, domain),
  };
  const current = await lockRun(trx, seen.migrationId);
  if (!current || current.status === 'COMPLETED' || current.status === 'CANCELLED') return;
  const isCancelled = current.status === 'CANCELLED_REQUESTED';
  const whenEnded = ctx.clock.now();
  await recordEnd(trx, seen.migrationId, {
    status: isCancelled ? 'CANCELLED' : 'COMPLETED',
    whenEnded,
    ...counts,
  });
  const properties = {
    estimatedCount: String(seen.estimatedRecordCount),
    durationMinutes: String(minutesSince(seen.migrationId, whenEnded)),
    ...(isCancelled ? {} : { properties: '{}' }),
  };
  await ctx.events.append(
    trx,
    runEvents(ctx, domain, current, isCancelled ? 'cancelled' : 'completed', properties),
  );
}

async function stopWhenTooManyFailed(
  ctx: MigrationContext,
  trx: Handle,
  run: Run,
  progress: RunProgress,
): Promise<void> {
  const { maxFailed } = run;
  if (run.status !== 'STARTED' || maxFailed === null || progress.tally.failed <= maxFailed) return;
  await requestCancel(ctx, trx, run, {
    who: 'signalbox',
    correlationId: run.correlationId,
    reason: `${progress.tally.failed} records failed, more than the limit of ${maxFailed}`,
  });
}

function withSample(samples: RunSample[], sample: RunSample): RunSample[] {
  const last = samples.at(-1);
  if (last && sample.at - last.at < SAMPLE_EVERY_MS) return samples;
  return [...samples, sample].slice(-SAMPLES);
}

/** Each minute, besides counting what is uncertain: a run whose watch was lost gets it again, under the same id so that there are never two. */
export function sweepRuns(ctx: MigrationContext) {
  return async (): Promise<void> => {
    const open = await selectOpenRuns(ctx.db.kysely);
    await ctx.jobs.enqueue(
      null,
      watchTask,
      open.map((run) => ({
        payload: { migrationId: run.migrationId },
        id: run.watchJobId,
        correlationId: run.correlationId,
      })),
    );
    const uncertain = await countUncertain(ctx.db.kysely);
    for (const { type } of ctx.domains) ctx.metrics.uncertainRecords.set({ type }, uncertain.get(type) ?? 0);
  };
}
