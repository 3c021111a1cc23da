// Source and target compared. A pass over the target's pages compares the hash of each record with the hash of what was
// last read from the source; only where they differ are both sides read, field by field. Beside it a pass over the
// source's ids finds what was never moved. `full` reads every source record again instead of trusting the hashes.
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import { domainOf } from '../engine/tools.ts';
import { migrationEvent } from '../events.ts';
import { countMappings } from '../mappings/mapping-queries.ts';
import type { ReconcilePayload } from '../tasks/definitions.ts';
import { countDifferences, deleteOtherDifferences } from './difference-queries.ts';
import { endReconciliation, recordProgress, selectReconciliation } from './reconciliation-queries.ts';
import { eachMapping, lookCloser, tellProgress, type Walk } from './walk.ts';
import { walkSourceIds } from './walk-source-ids.ts';
import { walkTarget } from './walk-target.ts';

/** A reconciliation that was interrupted begins anew: it remembers what it saw in memory. */
export function reconcileRecords(ctx: MigrationContext) {
  return async ([job]: Job<ReconcilePayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    if (!job) return [];
    const one = await selectReconciliation(ctx.db.kysely, job.payload.reconciliationId);
    if (one?.state !== 'RUNNING') return [{ id: job.id, status: 'completed' }];
    const domain = domainOf(ctx, one.migrationType);
    const total = await countMappings(ctx.db.kysely, domain.type, {});
    const walk: Walk = { ctx, domain, one, run, total, compared: 0, matched: 0, recordedAt: 0 };
    const isFull = one.mode === 'full' || !domain.compare?.shown?.list;
    const passes = [isFull ? walkMappings(walk) : walkTarget(walk), walkSourceIds(walk)];
    // Both have ended before the job does, or a repeat of it would meet the rest of them.
    await Promise.allSettled(passes);
    await Promise.all(passes);
    await finish(walk, job.id);
    return [{ id: job.id, status: 'completed' }];
  };
}

/** Every mapped record, both sides read. */
async function walkMappings(walk: Walk): Promise<void> {
  if (!walk.domain.compare) return;
  await eachMapping(walk, async (mappings) => {
    await lookCloser(walk, mappings);
    walk.compared += mappings.length;
    await tellProgress(walk);
  });
}

async function finish(walk: Walk, jobId: string): Promise<void> {
  const { ctx, domain, one, run } = walk;
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await deleteOtherDifferences(trx, domain.type, one.id);
    await recordProgress(trx, one.id, walk);
    await endReconciliation(trx, one.id, { state: 'COMPLETED', endedAt: ctx.clock.now() });
    const counts = await countDifferences(trx, domain.type);
    const differences = Object.values(counts).reduce((sum, count) => sum + count, 0);
    ctx.metrics.differences.set({ type: domain.type }, differences);
    const properties = {
      migrationType: domain.type,
      compared: String(walk.compared),
      matched: String(walk.matched),
      differences: String(differences),
    };
    await ctx.events.append(trx, [
      migrationEvent('migration.reconciled', properties, { subjects: [domain.type, one.id] }),
    ]);
    await run.complete(trx, [jobId]);
  });
}
