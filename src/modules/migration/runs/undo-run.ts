// Takes a run back by its mappings: what it made at the target is undone there, then its mapping goes, so that a later
// run moves the record again.
import type { Actor } from '#platform/auth';
import { type Job, perJob, type TaskRun } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { domainOf } from '../engine/tools.ts';
import { NoSuchRunError, StateError } from '../errors.ts';
import { migrationEvent } from '../events.ts';
import { deleteByNomisKeys, selectMappingsAfter } from '../mappings/mapping-queries.ts';
import { type UndoPayload, undoTask } from '../tasks/definitions.ts';
import { markUndone, selectRun } from './run-queries.ts';

const PAGE = 200;
const CALLS_AT_ONCE = 8;

export function canUndo(domain: Domain): boolean {
  return domain.mapping !== null && (domain.undo !== undefined || domain.remove !== undefined);
}

/** Throws StateError where the run is open or its mappings are kept elsewhere. */
export async function undoRun(ctx: MigrationContext, migrationId: string, actor: Actor): Promise<void> {
  const run = await selectRun(ctx.db.kysely, migrationId);
  if (!run) throw new NoSuchRunError(migrationId);
  const isOpen = run.status === 'STARTED' || run.status === 'CANCELLED_REQUESTED';
  if (isOpen) throw new StateError(`Migration ${migrationId} is still open; cancel it and wait for its end`);
  if (!ctx.mappings.isLocal) {
    throw new StateError('The mappings are kept by another service; undo works on our own');
  }
  const domain = domainOf(ctx, run.migrationType);
  if (!canUndo(domain)) {
    throw new StateError(`The target of ${domain.type} offers no way to take a record back`);
  }
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await ctx.jobs.enqueue(trx, undoTask, [{ payload: { migrationId, type: domain.type, afterKey: '' } }]);
    await ctx.audit(trx, { actor, action: 'migration.undo_requested', target: `migration:${migrationId}` });
  });
}

/** A page at a time; the next one is queued with the end of this one. */
export function undoPages(ctx: MigrationContext) {
  return perJob<UndoPayload>((job, run) => undoPage(ctx, job, run), 1);
}

async function undoPage(ctx: MigrationContext, job: Job<UndoPayload>, run: TaskRun): Promise<void> {
  const { migrationId, type, afterKey } = job.payload;
  const domain = domainOf(ctx, type);
  const mappings = await selectMappingsAfter(ctx.db.kysely, type, {
    nomisKey: afterKey,
    label: migrationId,
    limit: PAGE,
  });
  const undo = domain.undo ?? domain.remove;
  const target = ctx.upstreams[domain.target];
  const waiting = mappings.values();
  const next = async () => {
    for (const mapping of waiting) await undo?.(target, mapping.dpsKey, { correlationId: job.correlationId });
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, next));
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const keys = mappings.map((mapping) => mapping.nomisKey);
    const last = keys.at(-1);
    await deleteByNomisKeys(trx, type, keys);
    if (last === undefined) await markUndone(trx, migrationId, ctx.clock.now());
    else await ctx.jobs.enqueue(trx, undoTask, [{ payload: { migrationId, type, afterKey: last } }]);
    await ctx.events.append(trx, [
      {
        ...migrationEvent('migration.records-undone', { migrationId, count: String(keys.length) }),
        each: mappings.map((mapping) => ({ nomisKey: mapping.nomisKey, dpsKey: mapping.dpsKey })),
      },
    ]);
    await run.complete(trx, [job.id]);
  });
}
