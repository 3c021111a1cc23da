import { sql } from 'kysely';
import type { Database, Handle } from '#platform/db';

export async function pingDatabase(db: Database): Promise<void> {
  await sql`select 1`.execute(db.kysely);
}

/** How long the server has been up; workers that lost it need a moment before they can be called dead. */
export async function readServerUptimeSeconds(handle: Handle): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`
    select extract(epoch from now() - pg_postmaster_start_time())::double precision as seconds`.execute(
    handle,
  );
  return rows[0]?.seconds ?? 0;
}
