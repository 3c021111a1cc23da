// The target's pages against the hashes of what was last read from the source. The database compares: a page goes there
// as ids and hashes, and only what does not agree comes back.
import type { SourceRecord } from '../engine/domain.ts';
import { hashFields } from '../engine/tools.ts';
import { selectDoubtful } from './reconciliation-queries.ts';
import { SeenKeys } from './seen-keys.ts';
import { eachMapping, lookCloser, sideBySide, tellProgress, type Walk } from './walk.ts';

/** While one page is compared the others are on their way, and the target is busy. */
const PAGES_AT_ONCE = 3;

export async function walkTarget(walk: Walk): Promise<void> {
  const { ctx, domain, run } = walk;
  const list = domain.compare?.shown?.list;
  if (!list) return;
  const target = ctx.upstreams[domain.target];
  const seen = new SeenKeys(walk.total);
  let number = 0;
  let isOver = false;
  await sideBySide(PAGES_AT_ONCE, async () => {
    try {
      while (!isOver) {
        run.signal.throwIfAborted();
        const call = { correlationId: null, signal: run.signal };
        const page = await list(target, number++, call);
        if (page.isLast) isOver = true;
        await comparePage(walk, page.records, seen);
        await tellProgress(walk);
      }
    } finally {
      isOver = true;
    }
  });
  if (walk.compared < walk.total) await walkUnseen(walk, seen);
}

async function comparePage(
  walk: Walk,
  records: { id: string; record: SourceRecord }[],
  seen: SeenKeys,
): Promise<void> {
  const { ctx, domain } = walk;
  const shown = domain.compare?.shown;
  if (!shown || records.length === 0) return;
  const ids = records.map(({ id }) => id);
  const hashes = records.map(({ record }) => hashFields(shown.fieldsOf(record)));
  const { unmapped, doubtful } = await selectDoubtful(ctx.db.kysely, domain.type, { ids, hashes });
  // The target holds records of its own, too.
  for (const id of ids) if (!unmapped.has(id)) seen.add(id);
  walk.compared += ids.length - unmapped.size;
  walk.matched += ids.length - unmapped.size - doubtful.length;
  await lookCloser(walk, doubtful);
}

/** Mapped records that no page of the target held. */
async function walkUnseen(walk: Walk, seen: SeenKeys): Promise<void> {
  await eachMapping(walk, async (mappings) => {
    const unseen = mappings.filter((mapping) => !seen.has(mapping.dpsKey));
    walk.compared += unseen.length;
    await lookCloser(walk, unseen);
    await tellProgress(walk);
  });
}
