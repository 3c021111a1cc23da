// Dead letters as operators inspect, retry and purge them: spec sections 3.4 and 3.7.
import type { Actor } from '#platform/auth';
import type { FailureFilter, JobFailureRecord } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import { shapeOf } from '../mappings/mapping-json.ts';
import { selectRun } from '../runs/run-queries.ts';
import type { EventPayload, ExpandPayload, IdPage, MoveRecordPayload } from '../tasks/definitions.ts';
import type { QueueEntry } from './queue-catalogue.ts';

const PURGE_STEP = 500;
const EXPAND_TASK = 'migration.expand_page';

export interface DeadLetters {
  messagesFoundCount: number;
  messagesReturnedCount: number;
  messages: { body: unknown; messageId: string }[];
}

/** A stable read that removes nothing, in the order of arrival. */
export async function readDeadLetters(
  ctx: MigrationContext,
  queue: QueueEntry,
  maxMessages: number,
): Promise<DeadLetters> {
  const { failures } = ctx.jobs;
  let found = 0;
  const records: JobFailureRecord[] = [];
  for (const filter of filtersOf(queue)) {
    found += await failures.count(filter);
    const page = await failures.list(filter, { limit: maxMessages, oldestFirst: true });
    records.push(...page.failures);
  }
  records.sort((a, b) => a.lastFailedAt.getTime() - b.lastFailedAt.getTime());
  const kept = records.slice(0, maxMessages);
  const messages: DeadLetters['messages'] = [];
  for (const record of kept) {
    messages.push({ body: await bodyOf(ctx, queue, record), messageId: record.id });
  }
  return { messagesFoundCount: found, messagesReturnedCount: messages.length, messages };
}

/** Puts all back, in the background; returns how many there were. */
export async function retryDeadLetters(
  ctx: MigrationContext,
  queue: QueueEntry,
  who: string,
): Promise<number> {
  let found = 0;
  for (const filter of filtersOf(queue)) {
    const count = await ctx.jobs.failures.count(filter);
    found += count;
    if (count > 0) await ctx.jobs.failures.redrive(filter, { actor: actorOf(who) });
  }
  return found;
}

/** Ends them for good. */
export async function purgeDeadLetters(
  ctx: MigrationContext,
  queue: QueueEntry,
  who: string,
): Promise<number> {
  let purged = 0;
  for (const filter of filtersOf(queue)) {
    for (;;) {
      const { failures } = await ctx.jobs.failures.list(filter, { limit: PURGE_STEP });
      if (failures.length === 0) break;
      const ids = failures.map((failure) => failure.id);
      purged += (await ctx.jobs.failures.ignore(ids, 'purged', actorOf(who))).length;
    }
  }
  return purged;
}

export async function countOf(ctx: MigrationContext, queue: QueueEntry): Promise<number> {
  let count = 0;
  for (const filter of filtersOf(queue)) count += await ctx.jobs.failures.count(filter);
  return count;
}

/** A migration queue holds the messages of pages as well as those of records. */
function filtersOf(queue: QueueEntry): FailureFilter[] {
  const own: FailureFilter = { task: queue.task, state: 'failed' };
  if (queue.kind === 'event') return [own];
  return [own, { task: EXPAND_TASK, key: queue.domain.type, state: 'failed' }];
}

/** The message in the shape of spec section 5.3. */
async function bodyOf(ctx: MigrationContext, queue: QueueEntry, record: JobFailureRecord): Promise<unknown> {
  if (queue.kind === 'event') return parsedOrRaw((record.payload as EventPayload).body);
  const payload = record.payload as MoveRecordPayload | ExpandPayload;
  const run = await selectRun(ctx.db.kysely, payload.migrationId);
  const context = (body: unknown) => ({
    type: queue.domain.type,
    migrationId: payload.migrationId,
    estimatedCount: run?.estimatedRecordCount ?? 0,
    body,
    properties: {},
  });
  if ('kind' in payload) {
    return payload.kind === 'entity'
      ? { type: 'MIGRATE_ENTITY', context: context(queue.domain.bulk?.entityBody(payload.key)) }
      : {
          type: 'RETRY_MIGRATION_MAPPING',
          context: context({
            ...queue.domain.bulk?.entityBody(payload.key),
            [shapeOf(queue.domain).dpsField]: payload.targetId,
            label: payload.migrationId,
            mappingType: 'MIGRATED',
          }),
        };
  }
  const filter: unknown = JSON.parse(run?.filter ?? '{}');
  const { page, division } = payload;
  if (division) {
    const {
      numbers: pageNumbers,
      index: currentPageIndex,
      size: pageSize,
      after: previousEndRangeId,
    } = division;
    const body = { filter, pageNumbers, currentPageIndex, pageSize, previousEndRangeId };
    return { type: 'MIGRATE_BY_DIVISION', context: context(body) };
  }
  if (!page) return { type: 'MIGRATE_ENTITIES', context: context(filter) };
  return {
    type: 'MIGRATE_BY_PAGE',
    context: context({ filter, pageKey: pageKeyOf(page), pageSize: page.size }),
  };
}

function pageKeyOf(page: IdPage): Record<string, unknown> {
  if ('number' in page) return { '@type': 'ByPageNumber', pageNumber: page.number };
  if ('from' in page) return { '@type': 'ByIdRange', startRangeId: page.from, endRangeId: page.to };
  return { '@type': 'ByLastId', startRangeId: page.after, endRangeId: page.end };
}

function parsedOrRaw(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { raw: text };
}

export function actorOf(who: string): Actor {
  return { kind: 'system', id: `client:${who}`, name: who };
}
