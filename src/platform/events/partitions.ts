import type { Database, Handle } from '#platform/db';
import { createPartition, dropPartition, lockPartitions, selectPartitionDays } from './event-queries.ts';

const DAYS_AHEAD = 7;
const DAY_MS = 86_400_000;

/** Creates today's partition and those of the coming week, drops what is older than the retention. */
export async function keepPartitions(
  db: Database,
  options: { now: Date; retentionDays: number },
): Promise<{ created: string[]; dropped: string[] }> {
  const seen = await findPartitionWork(db.kysely, options);
  if (seen.missing.length === 0 && seen.expired.length === 0) return { created: [], dropped: [] };
  return db.kysely.transaction().execute(async (trx) => {
    // Every process keeps the partitions; the lock makes the second one find the work done.
    await lockPartitions(trx);
    const { missing, expired } = await findPartitionWork(trx, options);
    for (const day of missing) await createPartition(trx, day, dayAfter(day));
    for (const day of expired) await dropPartition(trx, day);
    return { created: missing, dropped: expired };
  });
}

async function findPartitionWork(handle: Handle, options: { now: Date; retentionDays: number }) {
  const existing = new Set(await selectPartitionDays(handle));
  const missing: string[] = [];
  for (let ahead = 0; ahead <= DAYS_AHEAD; ahead += 1) {
    const day = utcDay(new Date(options.now.getTime() + ahead * DAY_MS));
    if (!existing.has(day)) missing.push(day);
  }
  const oldest = utcDay(new Date(options.now.getTime() - options.retentionDays * DAY_MS));
  return { missing, expired: [...existing].filter((day) => day < oldest) };
}

function utcDay(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function dayAfter(day: string): string {
  return utcDay(new Date(Date.parse(day) + DAY_MS));
}
