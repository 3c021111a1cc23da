// Which side leads, by domain. LEGACY: the source is the truth; runs and events change the target. BOTH: both sides are
// written, events go on and echo filters keep them from going round. NEW: the new service is the truth; events of the
// source are recorded and change nothing, and no run may start. Every step can be taken back.
import type { Actor } from '#platform/auth';
import type { MigrationContext } from '../context.ts';
import { StateError } from '../errors.ts';
import { migrationEvent } from '../events.ts';
import { selectNewestRun } from '../runs/run-queries.ts';
import { type CutoverState, selectCutover, upsertCutover } from './cutover-queries.ts';

export const CUTOVER_STATES = ['LEGACY', 'BOTH', 'NEW'] as const;

export async function readCutover(ctx: MigrationContext, type: string): Promise<CutoverState> {
  return (await selectCutover(ctx.db.kysely, type))?.state ?? 'LEGACY';
}

/** One step at a time, so that nobody skips the time in which both sides are compared. Throws StateError. */
export async function changeCutover(
  ctx: MigrationContext,
  type: string,
  change: { to: CutoverState; actor: Actor; reason: string },
): Promise<void> {
  const from = await readCutover(ctx, type);
  const { to, actor, reason } = change;
  if (from === to) return;
  if (Math.abs(CUTOVER_STATES.indexOf(from) - CUTOVER_STATES.indexOf(to)) > 1) {
    throw new StateError(`${type} goes from ${from} to ${to} by way of BOTH`);
  }
  const newest = await selectNewestRun(ctx.db.kysely, type);
  if (to === 'NEW' && (newest?.status === 'STARTED' || newest?.status === 'CANCELLED_REQUESTED')) {
    throw new StateError(`Migration ${newest.migrationId} of ${type} is still open; let it end first`);
  }
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await upsertCutover(trx, type, { state: to, changedAt: ctx.clock.now(), changedBy: actor.name, reason });
    await ctx.audit(trx, {
      actor,
      action: 'cutover.changed',
      target: `cutover:${type}`,
      details: { from, to, reason },
    });
    await ctx.events.append(trx, [
      migrationEvent('migration.cutover-changed', { migrationType: type, from, to }, { subjects: [type] }),
    ]);
  });
}
