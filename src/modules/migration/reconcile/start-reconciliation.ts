import type { Actor } from '#platform/auth';
import { uuidV7 } from '#platform/http';
import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { StateError } from '../errors.ts';
import { reconcileTask, repairTask } from '../tasks/definitions.ts';
import { type DifferenceKind, selectDifferences } from './difference-queries.ts';
import { insertReconciliation, selectNewestReconciliation } from './reconciliation-queries.ts';

/** Without a way to read the target, or a list of the source's ids, there is nothing to compare. */
export function canReconcile(domain: Domain): boolean {
  return domain.mapping !== null && (domain.compare !== undefined || domain.bulk !== undefined);
}

/** Returns the id. Throws StateError while one of the type runs. */
export async function startReconciliation(
  ctx: MigrationContext,
  domain: Domain,
  request: { mode: 'hashes' | 'full'; actor: Actor },
): Promise<string> {
  if (!ctx.mappings.isLocal) {
    throw new StateError('The mappings are kept by another service; reconciling works on our own');
  }
  if (!domain.mapping) throw new StateError(`${domain.type} keeps no mappings by which it could be compared`);
  if (!canReconcile(domain)) {
    throw new StateError(`Neither side of ${domain.type} offers what a comparison needs`);
  }
  const newest = await selectNewestReconciliation(ctx.db.kysely, domain.type, false);
  if (newest?.state === 'RUNNING') throw new StateError(`${domain.type} is being reconciled already`);
  const id = uuidV7();
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await insertReconciliation(trx, {
      id,
      migrationType: domain.type,
      mode: request.mode,
      startedAt: ctx.clock.now(),
      startedBy: request.actor.name,
    });
    await ctx.jobs.enqueue(trx, reconcileTask, [{ payload: { reconciliationId: id } }]);
    await ctx.audit(trx, {
      actor: request.actor,
      action: 'reconciliation.started',
      target: `reconciliation:${id}`,
      details: { migrationType: domain.type, mode: request.mode },
    });
  });
  return id;
}

const REPAIR_STEP = 1_000;

/** One repair job for each difference of the kind; returns how many. */
export async function repairDifferences(
  ctx: MigrationContext,
  domain: Domain,
  request: { kind?: DifferenceKind; actor: Actor },
): Promise<number> {
  const { kind, actor } = request;
  let queued = 0;
  for (let afterKey = ''; ; ) {
    const found = await selectDifferences(ctx.db.kysely, domain.type, {
      ...(kind === undefined ? {} : { kind }),
      afterKey,
      limit: REPAIR_STEP,
    });
    const last = found.at(-1);
    if (!last) break;
    afterKey = last.nomisKey;
    await ctx.jobs.enqueue(
      null,
      repairTask,
      found.map(({ nomisKey }) => ({
        payload: { type: domain.type, key: nomisKey },
        key: `${domain.type}/${nomisKey}`,
      })),
    );
    queued += found.length;
  }
  await ctx.audit(ctx.db.kysely, {
    actor,
    action: 'differences.repaired',
    target: `migration:${domain.type}`,
    details: { kind: kind ?? 'all', queued },
  });
  return queued;
}
