import type { Handle } from '#platform/db';
import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { domainOf } from '../engine/tools.ts';
import { NoSuchRunError, NotCompletedError } from '../errors.ts';
import { migrationEvent } from '../events.ts';
import { watchTask } from '../tasks/definitions.ts';
import { queuedEvents } from './queued-events.ts';
import { recordAudit } from './run-audit.ts';
import { countDeadLetters } from './run-progress.ts';
import { changeStatus, type Run, recordEnd, selectRun } from './run-queries.ts';

/**
 * Asks an open run to stop: workers drop its messages from now on, and its watch ends it when nothing is in flight
 * (spec section 5.8). A run that has ended, or is being cancelled, is left alone.
 */
export async function cancelRun(
  ctx: MigrationContext,
  migrationId: string,
  request: { who: string; correlationId: string; reason?: string },
): Promise<void> {
  const run = await selectRun(ctx.db.kysely, migrationId);
  if (!run) throw new NoSuchRunError(migrationId);
  await ctx.db.kysely.transaction().execute((trx) => requestCancel(ctx, trx, run, request));
}

/** Returns whether the run was open. */
export async function requestCancel(
  ctx: MigrationContext,
  trx: Handle,
  run: Run,
  request: { who: string; correlationId: string; reason?: string },
): Promise<boolean> {
  const { migrationId, migrationType } = run;
  const isChanged = await changeStatus(trx, migrationId, {
    from: ['STARTED'],
    to: 'CANCELLED_REQUESTED',
    ...(request.reason === undefined ? {} : { stopReason: request.reason }),
  });
  if (!isChanged) return false;
  await ctx.events.append(trx, [
    ...runEvents(ctx, domainOf(ctx, migrationType), run, 'cancelRequested'),
    ...queuedEvents('CANCEL_MIGRATION', run, [run.watchJobId]),
  ]);
  const details = { migrationType, migrationId };
  await recordAudit(ctx, trx, {
    what: 'MIGRATION_CANCEL_REQUESTED',
    who: request.who,
    details,
    correlationId: request.correlationId,
  });
  // Its watch runs already; the same id sends none beside it.
  await ctx.jobs.enqueue(trx, watchTask, [{ payload: { migrationId }, id: run.watchJobId }]);
  return true;
}

/** Counts a completed run again: spec section 3.4. */
export async function refreshRun(ctx: MigrationContext, migrationId: string): Promise<void> {
  const run = await selectRun(ctx.db.kysely, migrationId);
  if (!run) throw new NoSuchRunError(migrationId);
  if (run.status !== 'COMPLETED') throw new NotCompletedError(migrationId);
  const domain = domainOf(ctx, run.migrationType);
  await recordEnd(ctx.db.kysely, migrationId, {
    status: 'COMPLETED',
    whenEnded: ctx.clock.now(),
    recordsMigrated: await ctx.mappings.countByLabel(domain, migrationId),
    recordsFailed: await countDeadLetters(ctx, domain),
  });
}

/** The event of a change of a run's state, under its name and its former one. */
export function runEvents(
  ctx: MigrationContext,
  domain: Domain,
  run: Run,
  change: 'cancelRequested' | 'completed' | 'cancelled',
  properties: Record<string, string> = {},
) {
  const words = { cancelRequested: 'cancel-requested', completed: 'completed', cancelled: 'cancelled' };
  const names = [`${domain.telemetryName}-migration-${words[change]}`];
  const former = domain.bulk?.telemetry.formerNames?.[change];
  if (former !== undefined && ctx.config.emitFormerNames) names.push(former);
  const all = { migrationId: run.migrationId, ...properties };
  return names.map((name) => migrationEvent(name, all, { correlationId: run.correlationId }));
}
