// What the passes of one reconciliation share: its counts, and the closer look at records that may differ.
import type { TaskRun } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { compareRecord } from './compare-record.ts';
import { type Difference, upsertDifferences } from './difference-queries.ts';
import {
  type HashedMapping,
  type Reconciliation,
  recordProgress,
  selectHashesAfter,
  updateSourceHashes,
} from './reconciliation-queries.ts';

export interface Walk {
  ctx: MigrationContext;
  domain: Domain;
  one: Reconciliation;
  run: TaskRun;
  /** Mapped records. */
  total: number;
  compared: number;
  matched: number;
  /** When the counts were last written, in milliseconds. */
  recordedAt: number;
}

const WALK_PAGE = 2_000;
const LOOKS_AT_ONCE = 16;
const RECORD_EVERY_MS = 1_000;

/** Writes the counts for whoever watches, once in a while: a row for each page would cost more than some pages. */
export async function tellProgress(walk: Walk): Promise<void> {
  const now = performance.now();
  if (now - walk.recordedAt < RECORD_EVERY_MS) return;
  walk.recordedAt = now;
  await recordProgress(walk.ctx.db.kysely, walk.one.id, walk);
}

/** All mapped records in the order of their keys. */
export async function eachMapping(
  walk: Walk,
  work: (mappings: HashedMapping[]) => Promise<void>,
): Promise<void> {
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
export async function lookCloser(walk: Walk, mappings: HashedMapping[]): Promise<void> {
  const { ctx, domain, one, run } = walk;
  if (mappings.length === 0) return;
  const differences: Difference[] = [];
  const hashes: { key: string; hash: string }[] = [];
  const waiting = mappings.values();
  const next = async () => {
    for (const mapping of waiting) {
      run.signal.throwIfAborted();
      const { difference, sourceHash } = await compareRecord(ctx, domain, mapping);
      if (difference) differences.push(difference);
      else walk.matched += 1;
      if (sourceHash !== undefined && sourceHash !== mapping.sourceHash) {
        hashes.push({ key: mapping.nomisKey, hash: sourceHash });
      }
    }
  };
  await sideBySide(Math.min(LOOKS_AT_ONCE, mappings.length), next);
  await updateSourceHashes(ctx.db.kysely, domain.type, hashes);
  await upsertDifferences(ctx.db.kysely, domain.type, one.id, differences);
}

/** Runs the same work several times at once and fails, with the first fault, only when all of them have ended. */
export async function sideBySide(times: number, work: () => Promise<void>): Promise<void> {
  const ended = await Promise.allSettled(Array.from({ length: times }, work));
  const fault = ended.find((one) => one.status === 'rejected');
  if (fault) throw fault.reason;
}
