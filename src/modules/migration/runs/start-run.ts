import { Compile } from 'typebox/compile';
import { violatedConstraint } from '#platform/db';
import { uuidV7 } from '#platform/http';
import type { MigrationContext } from '../context.ts';
import { readCutover } from '../cutover/cutover.ts';
import type { Domain } from '../engine/domain.ts';
import { shortDateTime, toLocalDateTime } from '../engine/local-time.ts';
import { AlreadyRunningError, InvalidRequestError, NoBulkError, StateError } from '../errors.ts';
import { migrationEvent } from '../events.ts';
import { expandTask, watchTask } from '../tasks/definitions.ts';
import { queuedEvents } from './queued-events.ts';
import { recordAudit } from './run-audit.ts';
import { insertRun, type NewRun, selectNewestRun } from './run-queries.ts';

export interface StartRequest {
  /** Body of the request, before defaults. */
  body: Record<string, unknown>;
  /** Who asked: user or client name of the token, or the operator. */
  who: string;
  correlationId: string;
  /** The run stops itself beyond this many failed records; null for no limit. */
  maxFailed?: number | null;
}

export interface StartedRun {
  migrationId: string;
  estimatedCount: number;
  filter: Record<string, unknown>;
}

const ONE_OPEN_RUN = 'runs_one_open';

/**
 * Counts the records, then writes run, first message, watch, audit message and event in one transaction: spec sections
 * 3.2 and F8. Throws AlreadyRunningError, and StateError while the new service leads; nothing is started when the source cannot be asked.
 */
export async function startRun(
  ctx: MigrationContext,
  domain: Domain,
  request: StartRequest,
): Promise<StartedRun> {
  const { bulk } = domain;
  if (!bulk) throw new NoBulkError(domain.type);
  if ((await readCutover(ctx, domain.type)) === 'NEW') {
    throw new StateError(`The new service leads for ${domain.type}; take the cutover back first`);
  }
  if (!Compile(bulk.filter).Check(request.body)) {
    const shown = Object.keys(bulk.filter.properties).join(', ');
    throw new InvalidRequestError(`the filter has a member of the wrong kind; it may hold ${shown}`);
  }
  const filter = bulk.readFilter(request.body);
  const text = JSON.stringify(filter);
  // Early, so that the source is not asked in vain; the unique index decides.
  const newest = await selectNewestRun(ctx.db.kysely, domain.type);
  if (newest?.status === 'STARTED' || newest?.status === 'CANCELLED_REQUESTED') {
    throw new AlreadyRunningError(text);
  }
  const { correlationId } = request;
  const { totalElements } = await bulk.readIds(
    ctx.upstreams[domain.source],
    filter,
    { number: 0, size: 1 },
    { correlationId },
  );
  const limit = request.maxFailed ?? ctx.config.maxFailed;
  // To the second, as it is printed: whoever asks for runs until then gets this one.
  const now = Math.floor(ctx.clock.now().getTime() / 1_000) * 1_000;
  for (let second = 0; ; second++) {
    const whenStarted = new Date(now + second * 1_000);
    const run: NewRun = {
      migrationId: toLocalDateTime(whenStarted),
      migrationType: domain.type,
      filter: text,
      estimatedRecordCount: totalElements,
      whenStarted,
      startedBy: request.who,
      correlationId,
      watchJobId: uuidV7(),
      maxFailed: limit > 0 ? limit : null,
    };
    // All types share the ids, so the second of another run's start may be taken.
    if (await begin(ctx, domain, run, filter)) {
      return { migrationId: run.migrationId, estimatedCount: totalElements, filter };
    }
  }
}

async function begin(
  ctx: MigrationContext,
  domain: Domain,
  run: NewRun,
  filter: Record<string, unknown>,
): Promise<boolean> {
  const { migrationId, migrationType, correlationId } = run;
  try {
    return await ctx.db.kysely.transaction().execute(async (trx) => {
      if ((await insertRun(trx, run)) === 'taken') return false;
      const first = await ctx.jobs.enqueue(trx, expandTask(ctx.config), [
        { payload: { migrationId, type: migrationType }, key: migrationType, correlationId },
      ]);
      const startAfter = new Date(Date.now() + ctx.config.checkDelaySeconds * 1_000);
      await ctx.jobs.enqueue(trx, watchTask, [
        {
          payload: { migrationId },
          correlationId,
          id: run.watchJobId,
          ...(ctx.config.checkDelaySeconds > 0 ? { startAfter } : {}),
        },
      ]);
      const details = { migrationType, migrationId, filter };
      await recordAudit(ctx, trx, { what: 'MIGRATION_STARTED', who: run.startedBy, details, correlationId });
      await ctx.events.append(trx, [
        ...startedEvents(ctx, domain, run, filter),
        ...queuedEvents('MIGRATE_ENTITIES', run, first),
        ...queuedEvents('MIGRATE_STATUS_CHECK', run, [run.watchJobId]),
      ]);
      return true;
    });
  } catch (error) {
    if (violatedConstraint(error) === ONE_OPEN_RUN) throw new AlreadyRunningError(run.filter);
    throw error;
  }
}

function startedEvents(ctx: MigrationContext, domain: Domain, run: NewRun, filter: Record<string, unknown>) {
  const properties: Record<string, string> = {
    migrationId: run.migrationId,
    estimatedCount: String(run.estimatedRecordCount),
  };
  for (const [name, value] of Object.entries(filter)) properties[name] = asKotlinText(value);
  const names = [`${domain.telemetryName}-migration-started`];
  const former = domain.bulk?.telemetry.formerNames?.started;
  if (former !== undefined && ctx.config.emitFormerNames) names.push(former);
  return names.map((name) => migrationEvent(name, properties, { correlationId: run.correlationId }));
}

/** `[WLI, MDI]` for a list, as the property values of the original are printed. */
function asKotlinText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  return typeof value === 'string' ? shortDateTime(value) : String(value);
}
