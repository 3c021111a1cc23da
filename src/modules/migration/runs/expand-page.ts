// MIGRATE_ENTITIES, MIGRATE_BY_DIVISION and MIGRATE_BY_PAGE: spec sections 5.7 and 6.3. A page, its messages and its counters commit
// together with the end of its job, so a page is expanded once however often it is delivered.
import type { Handle } from '#platform/db';
import { type Job, type JobFailure, perJob, type TaskRun } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { domainOf } from '../engine/tools.ts';
import { type ExpandPayload, expandTask, type IdPage, moveTask } from '../tasks/definitions.ts';
import { deadLetterEvent } from './fail-record.ts';
import { type Division, divide, divisionOf, pageKeyOf, pagesByNumber, walk } from './pages.ts';
import { queuedEvents } from './queued-events.ts';
import {
  addPages,
  addTally,
  type Run,
  selectPurge,
  selectRun,
  setPageCount,
  settlePage,
} from './run-queries.ts';

type ExpandJob = Job<ExpandPayload>;

export function expandPages(ctx: MigrationContext) {
  return perJob<ExpandPayload>(async (job, run) => {
    const started = await selectRun(ctx.db.kysely, job.payload.migrationId);
    // Its history was deleted.
    if (!started) return;
    const domain = domainOf(ctx, job.payload.type);
    const purgedBefore = await selectPurge(ctx.db.kysely, domain.bulk?.queueId ?? domain.type);
    const isPurged = purgedBefore !== undefined && job.enqueuedAt < purgedBefore;
    if (isPurged || (started.status !== 'STARTED' && started.status !== 'COMPLETED')) {
      return dropPage(ctx, job, run);
    }
    const expansion = { job, run, started, domain };
    const { page, division } = job.payload;
    if (division) await findRange(ctx, expansion, division);
    else if (page) await expand(ctx, expansion, page);
    else await plan(ctx, expansion);
  });
}

interface Expansion {
  job: ExpandJob;
  run: TaskRun;
  started: Run;
  domain: Domain;
}

/** MIGRATE_ENTITIES: which pages there are, or where the ranges are to be found. */
async function plan(ctx: MigrationContext, expansion: Expansion): Promise<void> {
  const { job, run, started, domain } = expansion;
  const { estimatedRecordCount: estimate, migrationId } = started;
  const size = ctx.config[`page:${domain.name}`] ?? domain.bulk?.pageSize ?? 1_000;
  if (domain.bulk?.isAllAtOnce) return expandAll(ctx, expansion, { number: 0, size: Math.max(1, estimate) });
  const first = domain.bulk?.readIdsAfter && divisionOf(estimate, size, ctx.config.pageRanges);
  const division = first && 'numbers' in first ? first : undefined;
  const pages = division ? [] : first && 'range' in first ? [first] : await pagesOf(ctx, expansion, size);
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await setPageCount(trx, migrationId, [
      ...pages.map(pageKeyOf),
      ...(division ? [divisionKeyOf(division)] : []),
    ]);
    await queuePages(ctx, trx, expansion, pages);
    if (division) await queueDivision(ctx, trx, expansion, division);
    await run.complete(trx, [job.id]);
  });
}

/** All the pages that can be known beforehand. */
async function pagesOf(ctx: MigrationContext, expansion: Expansion, size: number): Promise<IdPage[]> {
  const { job, run, started, domain } = expansion;
  if (!domain.bulk?.ranges) return pagesByNumber(started.estimatedRecordCount, size);
  const filter = JSON.parse(started.filter) as Record<string, unknown>;
  const call = { correlationId: job.correlationId, signal: run.signal };
  const ranges = await domain.bulk.ranges.list(ctx.upstreams[domain.source], filter, size, call);
  return ranges.map((range) => ({ ...range, size }));
}

/** The source lists everything at once, so the first message queues the records itself. */
async function expandAll(ctx: MigrationContext, expansion: Expansion, page: IdPage): Promise<void> {
  const keys = await readKeys(ctx, expansion, page);
  const { job, run, started } = expansion;
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await setPageCount(trx, started.migrationId, [pageKeyOf(page)]);
    const settled = { key: pageKeyOf(page), state: 'EXPANDED' as const, entities: keys.length };
    if (await settlePage(trx, started.migrationId, settled)) await queueRecords(ctx, trx, expansion, keys, 0);
    await run.complete(trx, [job.id]);
  });
}

/** MIGRATE_BY_DIVISION: a range is walked as soon as its end is known, while the next end is looked for. */
async function findRange(ctx: MigrationContext, expansion: Expansion, division: Division): Promise<void> {
  const { job, run, started } = expansion;
  const number = division.numbers[division.index];
  const keys = number === undefined ? [] : await readKeys(ctx, expansion, { number, size: division.size });
  const { range, next } = divide(division, keys);
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const settled = { key: divisionKeyOf(division), state: 'EXPANDED' as const, entities: 0 };
    if (await settlePage(trx, started.migrationId, settled)) {
      const added = [...(range ? [pageKeyOf(range)] : []), ...(next ? [divisionKeyOf(next)] : [])];
      await addPages(trx, started.migrationId, added);
      if (range) await queuePages(ctx, trx, expansion, [range]);
      if (next) await queueDivision(ctx, trx, expansion, next);
    }
    await run.complete(trx, [job.id]);
  });
}

/** MIGRATE_BY_PAGE. A page of a range sends the one after it before its own records. */
async function expand(ctx: MigrationContext, expansion: Expansion, page: IdPage): Promise<void> {
  const { job, run, started } = expansion;
  const found = await readKeys(ctx, expansion, page);
  const { keys, next } = 'range' in page ? walk(page, found) : { keys: found };
  const { migrationId } = started;
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const settled = { key: pageKeyOf(page), state: 'EXPANDED' as const, entities: keys.length };
    if (await settlePage(trx, migrationId, settled)) {
      if (next) {
        await addPages(trx, migrationId, [pageKeyOf(next)]);
        await queuePages(ctx, trx, expansion, [next]);
      }
      const shard = 'number' in page ? page.number : 'range' in page ? page.range : Number(page.from);
      await queueRecords(ctx, trx, expansion, keys, shard);
    }
    await run.complete(trx, [job.id]);
  });
}

async function queueRecords(
  ctx: MigrationContext,
  trx: Handle,
  { job, started, domain }: Expansion,
  keys: string[],
  shard: number,
): Promise<void> {
  const { migrationId } = started;
  const ids = await ctx.jobs.enqueue(
    trx,
    moveTask(domain, ctx.config),
    keys.map((key) => ({
      payload: { migrationId, kind: 'entity' as const, key },
      correlationId: job.correlationId,
    })),
  );
  await ctx.events.append(trx, queuedEvents('MIGRATE_ENTITY', started, ids));
  await addTally(trx, migrationId, shard % 8, { expanded: keys.length });
}

async function readKeys(ctx: MigrationContext, { job, run, started, domain }: Expansion, page: IdPage) {
  if (!domain.bulk) throw new Error(`${domain.type} has no bulk migration`);
  const source = ctx.upstreams[domain.source];
  const filter = JSON.parse(started.filter) as Record<string, unknown>;
  const call = { correlationId: job.correlationId, signal: run.signal };
  if ('number' in page) return (await domain.bulk.readIds(source, filter, page, call)).keys;
  if ('from' in page) return (await domain.bulk.ranges?.read(source, filter, page, call)) ?? [];
  return (await domain.bulk.readIdsAfter?.(source, filter, page, call)) ?? [];
}

async function queuePages(ctx: MigrationContext, trx: Handle, expansion: Expansion, pages: IdPage[]) {
  const ids = await queue(
    ctx,
    trx,
    expansion,
    pages.map((page) => ({ page })),
  );
  await ctx.events.append(trx, queuedEvents('MIGRATE_BY_PAGE', expansion.started, ids));
}

async function queueDivision(ctx: MigrationContext, trx: Handle, expansion: Expansion, division: Division) {
  const ids = await queue(ctx, trx, expansion, [{ division }]);
  await ctx.events.append(trx, queuedEvents('MIGRATE_BY_DIVISION', expansion.started, ids));
}

function queue(
  ctx: MigrationContext,
  trx: Handle,
  { started, job }: Expansion,
  bodies: Pick<ExpandPayload, 'page' | 'division'>[],
): Promise<string[]> {
  const { migrationId, migrationType: type } = started;
  return ctx.jobs.enqueue(
    trx,
    expandTask(ctx.config),
    bodies.map((body) => ({
      payload: { migrationId, type, ...body },
      key: type,
      correlationId: job.correlationId,
    })),
  );
}

async function dropPage(ctx: MigrationContext, job: ExpandJob, run: TaskRun): Promise<void> {
  const { migrationId } = job.payload;
  const key = keyOf(job.payload);
  await ctx.db.kysely.transaction().execute(async (trx) => {
    if (key === undefined) await setPageCount(trx, migrationId, []);
    else await settlePage(trx, migrationId, { key, state: 'DROPPED', entities: 0 });
    await run.complete(trx, [job.id]);
  });
}

/** The run goes on without the page; `recordsFailed` counts its message as every other dead letter. */
export function failPage(ctx: MigrationContext) {
  return async (trx: Handle, job: ExpandJob, failure: JobFailure): Promise<void> => {
    const { migrationId, type } = job.payload;
    const known = keyOf(job.payload);
    if (known === undefined) await setPageCount(trx, migrationId, []);
    const key = known ?? 'all';
    await settlePage(trx, migrationId, { key, state: 'FAILED', entities: 0 });
    const { correlationId } = job;
    await ctx.events.append(trx, [
      deadLetterEvent(ctx, domainOf(ctx, type), { correlationId, failure }, { migrationId, pageKey: key }),
    ]);
  };
}

/** Undefined for the message that finds out which pages there are. */
function keyOf({ page, division }: ExpandPayload): string | undefined {
  if (division) return divisionKeyOf(division);
  return page && pageKeyOf(page);
}

function divisionKeyOf({ index }: Division): string {
  return `division ${index}`;
}
