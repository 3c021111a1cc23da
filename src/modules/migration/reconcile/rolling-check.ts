import { uuidV7 } from '#platform/http';
import type { MigrationContext } from '../context.ts';
import { readCutover } from '../cutover/cutover.ts';
import type { Domain } from '../engine/domain.ts';
import { compareRecord } from './compare-record.ts';
import { countDifferences, deleteDifference, upsertDifferences } from './difference-queries.ts';
import {
  insertReconciliation,
  recordProgress,
  selectHashesAfter,
  selectNewestReconciliation,
  updateSourceHashes,
} from './reconciliation-queries.ts';

/** Each minute a few records of every domain in step, round and round, so that drift shows without being asked for. */
export function checkRolling(ctx: MigrationContext) {
  return async (): Promise<void> => {
    if (ctx.config.rollingPerMinute === 0) return;
    for (const domain of ctx.domains) {
      if (!domain.compare || (await readCutover(ctx, domain.type)) === 'NEW') continue;
      try {
        await checkSome(ctx, domain);
      } catch (error) {
        // One system that is away must not keep the other domains unchecked.
        ctx.log.warn({ err: error, type: domain.type }, 'records not compared');
      }
    }
  };
}

async function checkSome(ctx: MigrationContext, domain: Domain): Promise<void> {
  const { kysely } = ctx.db;
  const limit = ctx.config.rollingPerMinute;
  const known = await selectNewestReconciliation(kysely, domain.type, true);
  let mappings = await selectHashesAfter(kysely, domain.type, { nomisKey: known?.cursor ?? '', limit });
  // The last of them was reached: round again.
  if (mappings.length === 0) mappings = await selectHashesAfter(kysely, domain.type, { nomisKey: '', limit });
  if (mappings.length === 0) return;
  const id = known?.id ?? uuidV7();
  if (!known) {
    const startedAt = ctx.clock.now();
    await insertReconciliation(kysely, {
      id,
      migrationType: domain.type,
      mode: 'rolling',
      startedAt,
      startedBy: 'signalbox',
    });
  }
  let matched = 0;
  for (const mapping of mappings) {
    const { difference, sourceHash } = await compareRecord(ctx, domain, mapping);
    if (difference) await upsertDifferences(kysely, domain.type, id, [difference]);
    else {
      matched += 1;
      await deleteDifference(kysely, domain.type, mapping.nomisKey);
    }
    if (sourceHash !== undefined && sourceHash !== mapping.sourceHash) {
      await updateSourceHashes(kysely, domain.type, [{ key: mapping.nomisKey, hash: sourceHash }]);
    }
  }
  await recordProgress(kysely, id, {
    total: 0,
    compared: (known?.compared ?? 0) + mappings.length,
    matched: (known?.matched ?? 0) + matched,
    cursor: mappings.at(-1)?.nomisKey ?? null,
  });
  const counts = Object.values(await countDifferences(kysely, domain.type));
  ctx.metrics.differences.set(
    { type: domain.type },
    counts.reduce((sum, count) => sum + count, 0),
  );
}
