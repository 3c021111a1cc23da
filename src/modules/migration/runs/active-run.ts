import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { toLocalDateTime } from '../engine/local-time.ts';
import { moveTask } from '../tasks/definitions.ts';
import { countDeadLetters, countQueue, readProgress } from './run-progress.ts';
import { countPages, selectNewestRun } from './run-queries.ts';

/** `GET /migrate/history/active/{type}`: the newest run, whatever its status (spec section 3.4). */
export async function presentActive(ctx: MigrationContext, domain: Domain) {
  const run = await selectNewestRun(ctx.db.kysely, domain.type);
  const counts = await readCounts(ctx, domain, run?.migrationId);
  if (!run) {
    return {
      recordsMigrated: null,
      ...counts,
      migrationId: null,
      whenStarted: null,
      estimatedRecordCount: null,
      migrationType: null,
      status: null,
    };
  }
  const progress = await readProgress(ctx, run);
  return {
    recordsMigrated: await ctx.mappings.countByLabel(domain, run.migrationId),
    ...counts,
    migrationId: run.migrationId,
    whenStarted: toLocalDateTime(run.whenStarted),
    estimatedRecordCount: run.estimatedRecordCount,
    migrationType: run.migrationType,
    status: run.status,
    /** Of this run alone, where recordsFailed counts every dead letter of the type (F15). */
    recordsFailedInMigration: Math.max(0, progress.tally.failed),
    recordsSettled: progress.settled,
    recordsPerSecond: progress.perSecond,
    secondsLeft: progress.secondsLeft,
  };
}

/** Null where the queue cannot be read. */
async function readCounts(ctx: MigrationContext, domain: Domain, migrationId: string | undefined) {
  try {
    const queue = await countQueue(ctx, moveTask(domain, ctx.config).name);
    const pages = migrationId === undefined ? undefined : await countPages(ctx.db.kysely, migrationId);
    return {
      toBeProcessedCount: queue.waiting + (pages?.waiting ?? 0),
      beingProcessedCount: queue.inFlight,
      recordsFailed: await countDeadLetters(ctx, domain),
    };
  } catch (error) {
    ctx.log.warn({ err: error, type: domain.type }, 'queue cannot be read');
    return { toBeProcessedCount: null, beingProcessedCount: null, recordsFailed: null };
  }
}
