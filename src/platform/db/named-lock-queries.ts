import type { Database } from './database.ts';

/** Runs `work` while no other process holds the lock of this name on the same database; a dead holder loses it. */
export async function withNamedLock<T>(db: Database, name: string, work: () => Promise<T>): Promise<T> {
  const client = await db.pool.connect();
  try {
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [name]);
    return await work();
  } finally {
    // Closing the session lets go of the lock whatever happened to it.
    client.release(true);
  }
}
