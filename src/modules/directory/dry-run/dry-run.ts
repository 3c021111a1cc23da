import type { Actor } from '#platform/auth';
import type { Handle } from '#platform/db';
import { HttpError, uuidV7 } from '#platform/http';
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import type { DirectoryContext } from '../context.ts';
import type { DryRunRow } from '../tables.ts';
import { type DryRunPayload, performDryRunTask } from '../tasks/definitions.ts';
import { type ComparedItem, compareBatch, itemOf } from './comparison-batch.ts';
import {
  type DryRunCounts,
  endDryRun,
  insertDryRun,
  insertDryRunItems,
  restartDryRun,
  selectDryRun,
  updateDryRunCounts,
} from './dry-run-queries.ts';
import type { SourceEvent } from './event-source.ts';
import { keepSource, readKeptSource, readStoredEvents } from './kept-source.ts';

/** Where the events come from: bytes of JSON, or the newest stored event of every ODS code. */
export type DryRunSource = { bytes: AsyncIterable<Uint8Array> } | { stored: true };

const BATCH_SIZE = 500;
/** One batch is compared while the one before it is written. */
const BATCHES_AHEAD = 2;

/**
 * Keeps the source of a dry run, free of staff data. It is performed by `performDryRun`, at once by whoever created it
 * or, with `enqueue`, by the worker. Throws an HttpError 400 when the source has no event at all.
 */
export async function createDryRun(
  ctx: DirectoryContext,
  source: DryRunSource,
  options: { title: string; actor: Actor; enqueue: boolean },
): Promise<string> {
  const id = uuidV7();
  const blobKey = 'bytes' in source ? await keepSource(ctx, id, source.bytes) : null;
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await insertDryRun(trx, {
      id,
      title: options.title,
      blob_key: blobKey,
      request: null,
      actor_name: options.actor.name,
      created_at: ctx.clock.now(),
    });
    if (options.enqueue)
      await ctx.jobs.enqueue(trx, performDryRunTask, [{ payload: { dryRunId: id }, key: id }]);
  });
  return id;
}

/** Throws an HttpError 404 for an id that no dry run has. */
export async function findDryRun(ctx: DirectoryContext, id: string): Promise<DryRunRow> {
  const run = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
    ? await selectDryRun(ctx.db.kysely, id)
    : undefined;
  if (!run) throw new HttpError(404, 'not_found', `There is no dry run ${id}`);
  return run;
}

/** The task. A run that a killed worker left is done afresh. */
export function performDryRuns(ctx: DirectoryContext) {
  return async (jobs: Job<DryRunPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    for (const { payload } of jobs) await performDryRun(ctx, payload.dryRunId, { signal: run.signal });
    return jobs.map(({ id }) => ({ id, status: 'completed' as const }));
  };
}

/** Compares every event of the source with the directory as it is, and keeps what would change. Writes nothing there. */
export async function performDryRun(
  ctx: DirectoryContext,
  id: string,
  options: { signal?: AbortSignal; onProgress?: (counts: DryRunCounts) => void } = {},
): Promise<void> {
  const run = await findDryRun(ctx, id);
  if (!(await restartDryRun(ctx.db.kysely, id, ctx.clock.now()))) return;
  try {
    await compareAll(ctx, run, options);
    await endDryRun(ctx.db.kysely, id, { at: ctx.clock.now(), error: null });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    const fault = error instanceof Error ? error.message : String(error);
    await endDryRun(ctx.db.kysely, id, { at: ctx.clock.now(), error: fault });
    throw error;
  }
}

async function compareAll(
  ctx: DirectoryContext,
  run: DryRunRow,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (counts: DryRunCounts) => void },
): Promise<void> {
  const { events, superseded } =
    run.blob_key === null
      ? { events: readStoredEvents(ctx), superseded: new Set<number>() }
      : await readKeptSource(ctx, run.blob_key);
  const counts: DryRunCounts = { events: 0, services: 0, changedServices: 0, outcomes: {}, fields: {} };
  let place = 0;
  const ahead: Promise<ComparedItem[]>[] = [];
  const writeOldest = async () => {
    const items = (await ahead.shift()) ?? [];
    const kept = items.filter(({ outcome }) => outcome !== 'unchanged');
    count(counts, items);
    await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
      if (kept.length > 0) await insertDryRunItems(trx, run.id, kept, place);
      await updateDryRunCounts(trx, run.id, counts);
    });
    place += kept.length;
    onProgress?.(counts);
  };
  try {
    for await (const batch of batchesOf(events)) {
      signal?.throwIfAborted();
      counts.events += batch.length;
      const comparing = compareSome(ctx, batch, superseded);
      // Awaited below; until then a fault must not count as unhandled.
      comparing.catch(() => undefined);
      ahead.push(comparing);
      if (ahead.length >= BATCHES_AHEAD) await writeOldest();
    }
    while (ahead.length > 0) await writeOldest();
  } finally {
    await Promise.allSettled(ahead);
  }
}

async function compareSome(
  ctx: DirectoryContext,
  batch: SourceEvent[],
  superseded: ReadonlySet<number>,
): Promise<ComparedItem[]> {
  const replaced = batch.filter(({ line }) => superseded.has(line));
  const current = batch.filter(({ line }) => !superseded.has(line));
  return [
    ...(await compareBatch(ctx, current)),
    ...replaced.map(({ line, sequenceNumber, content }) => {
      const odsCode = 'event' in content ? String(content.event.ODSCode) : null;
      const reason = 'A newer event of the same ODS code follows in the source';
      return itemOf({ line, odsCode, sequenceNumber, latest: null }, 'superseded', { reason });
    }),
  ].sort((one, other) => one.line - other.line);
}

function count(counts: DryRunCounts, items: ComparedItem[]): void {
  const add = (to: Record<string, number>, name: string) => {
    to[name] = (to[name] ?? 0) + 1;
  };
  for (const { outcome, service, changes } of items) {
    add(counts.outcomes, outcome);
    if (service) counts.services += 1;
    if (outcome === 'changed') counts.changedServices += 1;
    for (const { field } of changes) add(counts.fields, field);
  }
}

async function* batchesOf(events: AsyncIterable<SourceEvent>): AsyncGenerator<SourceEvent[]> {
  let batch: SourceEvent[] = [];
  for await (const event of events) {
    batch.push(event);
    if (batch.length < BATCH_SIZE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
