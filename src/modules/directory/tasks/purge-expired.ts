import type { Job } from '#platform/jobs';
import { deleteExpiredChangeEvents } from '../change-events/change-event-queries.ts';
import type { DirectoryContext } from '../context.ts';
import { deleteOldDryRuns } from '../dry-run/dry-run-queries.ts';
import { deleteSource } from '../dry-run/kept-source.ts';
import { deleteProcessedEvents } from '../intake/received-event-queries.ts';
import { deleteOldQualityRuns } from '../quality-check/quality-run-queries.ts';
import { deleteOldIntents } from '../sync/intent-queries.ts';
import { purgeOperations } from './purge-operations.ts';

/** The window in which a network retry is recognised: spec section 5.2. */
const DEDUPLICATION_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
const DRY_RUNS_KEPT_MS = 30 * DAY_MS;
const QUALITY_RUNS_KEPT_MS = 400 * DAY_MS;
const ROWS_AT_A_TIME = 5_000;

/** Forgets what is past its time; runs every minute, so each run is small. */
export function purgeExpired(ctx: DirectoryContext) {
  return async (_jobs: Job<object>[]): Promise<void> => {
    const now = ctx.clock.now();
    await deleteProcessedEvents(ctx.db.kysely, new Date(now.getTime() - DEDUPLICATION_MS));
    await deleteOldIntents(ctx.db.kysely, new Date(now.getTime() - DAY_MS));
    await deleteOldQualityRuns(ctx.db.kysely, new Date(now.getTime() - QUALITY_RUNS_KEPT_MS));
    for (const key of await deleteOldDryRuns(ctx.db.kysely, new Date(now.getTime() - DRY_RUNS_KEPT_MS), 10)) {
      await deleteSource(ctx, key);
    }
    let deleted: number;
    do {
      deleted = await deleteExpiredChangeEvents(
        ctx.db.kysely,
        Math.floor(now.getTime() / 1_000),
        ROWS_AT_A_TIME,
      );
    } while (deleted === ROWS_AT_A_TIME);
    await purgeOperations(ctx);
  };
}
