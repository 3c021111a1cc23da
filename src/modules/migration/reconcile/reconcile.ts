// Source and target compared. A pass over the target's pages compares the hash of each record with the hash of what was
// last read from the source; only where they differ are both sides read, field by field. A pass over the source's ids
// finds what was never moved and what is gone. `full` reads every source record again instead of trusting the hashes.
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import type { Domain, SourceRecord } from '../engine/domain.ts';
import { domainOf, hashFields } from '../engine/tools.ts';
import { migrationEvent } from '../events.ts';
import { countMappings } from '../mappings/mapping-queries.ts';
import { selectRuns } from '../runs/run-queries.ts';
import type { ReconcilePayload } from '../tasks/definitions.ts';
import { compareRecord } from './compare-record.ts';
import {
  countDifferences,
  type Difference,
  deleteOtherDifferences,
  upsertDifferences,
} from './difference-queries.ts';
import {
  endReconciliation,
  type HashedMapping,
  type Reconciliation,
  recordProgress,
  selectHashesAfter,
  selectHashesByDpsKeys,
  selectMappedKeys,
  selectReconciliation,
  updateSourceHashes,
} from './reconciliation-queries.ts';
import { SeenKeys } from './seen-keys.ts';

const IDS_PAGE = 20_000;
const WALK_PAGE = 2_000;
const LOOKS_AT_ONCE = 16;

interface Walk {
  ctx: MigrationContext;
  domain: Domain;
  one: Reconciliation;
  run: TaskRun;
  total: number;
  compared: number;
  matched: number;
}

/** A reconciliation that was interrupted begins anew: it remembers what it saw in memory. */
export function reconcileRecords(ctx: MigrationContext) {
  return async ([job]: Job<ReconcilePayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    if (!job) return [];
    const one = await selectReconciliation(ctx.db.kysely, job.payload.reconciliationId);
    if (one?.state !== 'RUNNING') return [{ id: job.id, status: 'completed' }];
    const domain = domainOf(ctx, one.migrationType);
    const total = await countMappings(ctx.db.kysely, domain.type, {});
    const walk: Walk = { ctx, domain, one, run, total, compared: 0, matched: 0 };
    if (one.mode === 'full' || !domain.compare?.listTarget) await walkMappings(walk);
    else await walkTarget(walk);
    await walkSourceIds(walk);
    await finish(walk, job.id);
    return [{ id: job.id, status: 'completed' }];
  };
}

/** The target's pages against the hashes. */
async function walkTarget(walk: Walk): Promise<void> {
  const { ctx, domain, total, run } = walk;
  const { compare } = domain;
  if (!compare?.listTarget) return;
  const seen = new SeenKeys(total);
  const list = (cursor: string | undefined) =>
    compare.listTarget?.(ctx.upstreams[domain.target], cursor, { correlationId: null, signal: run.signal });
  // The next page is on its way while this one is compared.
  for (let coming = list(undefined); coming; ) {
    const { records, next } = await coming;
    coming = next === undefined ? undefined : list(next);
    // Whatever ends this loop early must not leave a rejection without a listener.
    coming?.catch(() => undefined);
    await comparePage(walk, records, seen);
    await recordProgress(ctx.db.kysely, walk.one.id, walk);
  }
  if (walk.compared < total) await walkUnseen(walk, seen);
}

async function comparePage(
  walk: Walk,
  records: { id: string; record: SourceRecord }[],
  seen: SeenKeys,
): Promise<void> {
  const { ctx, domain } = walk;
  const ids = records.map(({ id }) => id);
  const rows = await selectHashesByDpsKeys(ctx.db.kysely, domain.type, ids);
  const mappings = new Map(rows.map((row) => [row.dpsKey, row]));
  const doubtful: HashedMapping[] = [];
  for (const { id, record } of records) {
    const mapping = mappings.get(id);
    if (!mapping) continue;
    seen.add(id);
    const isSame = domain.compare && mapping.sourceHash === hashFields(domain.compare.ofTarget(record));
    if (isSame) walk.matched += 1;
    else doubtful.push(mapping);
    walk.compared += 1;
  }
  await lookCloser(walk, doubtful);
}

/** Mapped records that no page of the target held. */
async function walkUnseen(walk: Walk, seen: SeenKeys): Promise<void> {
  await eachMapping(walk, async (mappings) => {
    const unseen = mappings.filter((mapping) => !seen.has(mapping.dpsKey));
    walk.compared += unseen.length;
    await lookCloser(walk, unseen);
  });
}

/** Every mapped record, both sides read. */
async function walkMappings(walk: Walk): Promise<void> {
  if (!walk.domain.compare) return;
  await eachMapping(walk, async (mappings) => {
    await lookCloser(walk, mappings);
    walk.compared += mappings.length;
    await recordProgress(walk.ctx.db.kysely, walk.one.id, walk);
  });
}

async function eachMapping(walk: Walk, work: (mappings: HashedMapping[]) => Promise<void>): Promise<void> {
  const { ctx, domain, run } = walk;
  for (let nomisKey = ''; !run.signal.aborted; ) {
    const mappings = await selectHashesAfter(ctx.db.kysely, domain.type, { nomisKey, limit: WALK_PAGE });
    const last = mappings.at(-1);
    if (!last) return;
    await work(mappings);
    nomisKey = last.nomisKey;
  }
  run.signal.throwIfAborted();
}

/** Reads both sides: what agrees now only had an old hash. */
async function lookCloser(walk: Walk, mappings: HashedMapping[]): Promise<void> {
  const { ctx, domain, one } = walk;
  const differences: Difference[] = [];
  const hashes: { key: string; hash: string }[] = [];
  const waiting = mappings.values();
  const next = async () => {
    for (const mapping of waiting) {
      const { difference, sourceHash } = await compareRecord(ctx, domain, mapping);
      if (difference) differences.push(difference);
      else walk.matched += 1;
      if (sourceHash !== undefined && sourceHash !== mapping.sourceHash) {
        hashes.push({ key: mapping.nomisKey, hash: sourceHash });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(LOOKS_AT_ONCE, mappings.length) }, next));
  await updateSourceHashes(ctx.db.kysely, domain.type, hashes);
  await upsertDifferences(ctx.db.kysely, domain.type, one.id, differences);
}

/** Ids of the source against the mappings, in both directions. */
async function walkSourceIds(walk: Walk): Promise<void> {
  const { ctx, domain, one, run } = walk;
  if (!domain.bulk) return;
  const filter = await filterOfNewestRun(ctx, domain);
  for (let number = 0; ; number++) {
    const { keys } = await domain.bulk.readIds(
      ctx.upstreams[domain.source],
      filter,
      { number, size: IDS_PAGE },
      { correlationId: null, signal: run.signal },
    );
    const mapped = await selectMappedKeys(ctx.db.kysely, domain.type, keys);
    const foundAt = ctx.clock.now();
    const unmapped = keys.filter((key) => !mapped.has(key));
    await upsertDifferences(
      ctx.db.kysely,
      domain.type,
      one.id,
      unmapped.map((nomisKey) => ({
        nomisKey,
        dpsKey: null,
        kind: 'NOT_MAPPED' as const,
        fields: [],
        foundAt,
      })),
    );
    if (keys.length < IDS_PAGE) return;
  }
}

/** What was meant to move: the filter of the newest completed run. */
async function filterOfNewestRun(ctx: MigrationContext, domain: Domain): Promise<Record<string, unknown>> {
  const runs = await selectRuns(ctx.db.kysely, { types: [domain.type], limit: 20 });
  const newest = runs.find((run) => run.status === 'COMPLETED');
  if (newest) return JSON.parse(newest.filter) as Record<string, unknown>;
  return domain.bulk?.readFilter({}) ?? {};
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
