import type { DirectoryContext } from '../context.ts';
import { selectQualityRuns } from '../quality-check/quality-run-queries.ts';

const WEEK_MS = 7 * 86_400_000;
/** Monday, 5 January 1970 at 04:30 UTC: the quality checker is due a whole number of weeks after it (5.4). */
const FIRST_DUE_MS = 4 * 86_400_000 + 4.5 * 3_600_000;
/** When a run that is due has surely started, and how long its absence is news. */
const GRACE_MS = 5 * 60_000;
const NEWS_MS = 15 * 60_000;

/** Whether the weekly quality check was due a few minutes ago and has not been started. */
export async function isQualityCheckMissed(ctx: DirectoryContext): Promise<boolean> {
  const now = ctx.clock.now().getTime();
  const dueMs = now - ((now - FIRST_DUE_MS) % WEEK_MS);
  const sinceMs = now - dueMs;
  if (sinceMs < GRACE_MS || sinceMs > NEWS_MS) return false;
  const [newest] = await selectQualityRuns(ctx.db.kysely, 1);
  return newest === undefined || newest.started_at.getTime() < dueMs;
}
