// MIGRATE_ENTITIES and MIGRATE_BY_PAGE: spec sections 5.7 and 6.3. A page, its messages and its counters commit
// together with the end of its job, so a page is expanded once however often it is delivered.
import type { Handle } from '#platform/db';
import { type Job, type JobFailure, perJob, type TaskRun } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import { domainOf } from '../engine/tools.ts';
import { migrationEvent } from '../events.ts';
import { type ExpandPayload, expandTask, moveTask } from '../tasks/definitions.ts';
import { addTally, type Run, selectRun, setPageCount, settlePage } from './run-queries.ts';

type ExpandJob = Job<ExpandPayload>;

const DIVISION = 'division';

export function expandPages(ctx: MigrationContext) {
  return perJob<ExpandPayload>(async (job, run) => {
    const started = await selectRun(ctx.db.kysely, job.payload.migrationId);
    // Its history was deleted.
    if (!started) return;
    if (started.status !== 'STARTED' && started.status !== 'COMPLETED') {
      return dropPage(ctx, job, run);
    }
    if (job.payload.page === undefined) await divide(ctx, { job, run, started });
    else await expand(ctx, { job, run, started });
  });
}

interface Expansion {
  job: ExpandJob;
  run: TaskRun;
  started: Run;
}

/** One message for each page: the number of pages follows from the estimate. */
async function divide(ctx: MigrationContext, { job, run, started }: Expansion): Promise<void> {
  const domain = domainOf(ctx, job.payload.type);
  const size = ctx.config[`page:${domain.name}`] ?? domain.bulk?.pageSize ?? 1_000;
  const isPaged = domain.bulk?.paging === 'by-page-number';
  const pages = isPaged
    ? Array.from({ length: Math.ceil(started.estimatedRecordCount / size) }, (_, number) => ({
        number,
        size,
      }))
    : [{ number: 0, size: 20_000 }];
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await setPageCount(
      trx,
      started.migrationId,
      pages.map((page) => pageKeyOf(page)),
    );
    const ids = await ctx.jobs.enqueue(
      trx,
      expandTask(ctx.config),
      pages.map((page) => ({
        payload: { migrationId: started.migrationId, type: job.payload.type, page },
        key: job.payload.type,
        correlationId: job.correlationId,
      })),
    );
    await ctx.events.append(trx, queuedEvents('MIGRATE_BY_PAGE', started, ids, job.correlationId));
    await run.complete(trx, [job.id]);
  });
}

async function expand(ctx: MigrationContext, { job, run, started }: Expansion): Promise<void> {
  const domain = domainOf(ctx, job.payload.type);
  const { page } = job.payload;
  if (!domain.bulk || !page) throw new Error(`${domain.type} has no bulk migration`);
  const { keys } = await domain.bulk.readIds(
    ctx.upstreams[domain.source],
    JSON.parse(started.filter) as Record<string, unknown>,
    page,
    { correlationId: job.correlationId, signal: run.signal },
  );
  const { migrationId } = started;
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const settled = { key: pageKeyOf(page), state: 'EXPANDED' as const, entities: keys.length };
    if (await settlePage(trx, migrationId, settled)) {
      const ids = await ctx.jobs.enqueue(
        trx,
        moveTask(domain, ctx.config),
        keys.map((key) => ({
          payload: { migrationId, kind: 'entity' as const, key },
          correlationId: job.correlationId,
        })),
      );
      await ctx.events.append(trx, queuedEvents('MIGRATE_ENTITY', started, ids, job.correlationId));
      await addTally(trx, migrationId, page.number % 8, { expanded: keys.length });
    }
    await run.complete(trx, [job.id]);
  });
}

async function dropPage(ctx: MigrationContext, job: ExpandJob, run: TaskRun): Promise<void> {
  const { migrationId, page } = job.payload;
  await ctx.db.kysely.transaction().execute(async (trx) => {
    if (page) await settlePage(trx, migrationId, { key: pageKeyOf(page), state: 'DROPPED', entities: 0 });
    else await setPageCount(trx, migrationId, []);
    await run.complete(trx, [job.id]);
  });
}

/** The run goes on without the page; `recordsFailed` counts its message as every other dead letter. */
export function failPage(ctx: MigrationContext) {
  return async (trx: Handle, job: ExpandJob, failure: JobFailure): Promise<void> => {
    const { migrationId, page, type } = job.payload;
    if (!page) await setPageCount(trx, migrationId, []);
    const key = page ? pageKeyOf(page) : DIVISION;
    await settlePage(trx, migrationId, { key, state: 'FAILED', entities: 0 });
    const domain = domainOf(ctx, type);
    await ctx.events.append(trx, [
      migrationEvent(
        `prisoner-from-nomis-migration-${domain.telemetryName}-sent-to-dlq`,
        { migrationId, pageKey: key, cause: failure.cause, maxReceiveCount: String(ctx.config.maxReceives) },
        { correlationId: job.correlationId },
      ),
    ]);
  };
}

export function pageKeyOf(page: { number: number }): string {
  return String(page.number);
}

/** One event for each queued message, all in one row of the register (spec section 8.1). */
function queuedEvents(name: string, run: Run, messageIds: string[], correlationId: string | null) {
  return [
    {
      name,
      correlationId,
      subjects: [run.migrationId],
      properties: { migrationId: run.migrationId },
      each: messageIds.map((messageId) => ({ messageId })),
    },
  ];
}
