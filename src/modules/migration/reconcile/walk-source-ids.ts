import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { selectRuns } from '../runs/run-queries.ts';
import { upsertDifferences } from './difference-queries.ts';
import { selectUnmappedKeys } from './reconciliation-queries.ts';
import type { Walk } from './walk.ts';

const IDS_PAGE = 20_000;

/** Ids of the source that have no mapping. The next page is on its way while one is looked up. */
export async function walkSourceIds(walk: Walk): Promise<void> {
  const { ctx, domain, one } = walk;
  if (!domain.bulk) return;
  const filter = await filterOfNewestRun(ctx, domain);
  let coming = readIds(walk, filter, 0);
  for (let number = 1; ; number++) {
    const keys = await coming;
    const isLast = keys.length < IDS_PAGE;
    if (!isLast) {
      coming = readIds(walk, filter, number);
      // Whatever ends this loop early must not leave a rejection without a listener.
      coming.catch(() => undefined);
    }
    const unmapped = await selectUnmappedKeys(ctx.db.kysely, domain.type, keys);
    const foundAt = ctx.clock.now();
    await upsertDifferences(
      ctx.db.kysely,
      domain.type,
      one.id,
      unmapped.map((nomisKey) => ({ nomisKey, dpsKey: null, kind: 'NOT_MAPPED', fields: [], foundAt })),
    );
    if (isLast) return;
  }
}

async function readIds(walk: Walk, filter: Record<string, unknown>, number: number): Promise<string[]> {
  const { ctx, domain, run } = walk;
  const source = ctx.upstreams[domain.source];
  const call = { correlationId: null, signal: run.signal };
  const page = await domain.bulk?.readIds(source, filter, { number, size: IDS_PAGE }, call);
  return page?.keys ?? [];
}

/** What was meant to move: the filter of the newest completed run. */
async function filterOfNewestRun(ctx: MigrationContext, domain: Domain): Promise<Record<string, unknown>> {
  const runs = await selectRuns(ctx.db.kysely, { types: [domain.type], limit: 20 });
  const newest = runs.find((run) => run.status === 'COMPLETED');
  if (newest) return JSON.parse(newest.filter) as Record<string, unknown>;
  return domain.bulk?.readFilter({}) ?? {};
}
