import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Our connections to the server, and how far it is behind when it is a replica; processor load is not for a client to see. */
export async function readDosLoad(
  handle: Handle,
): Promise<{ connections: number; lagSeconds: number | null }> {
  const { rows } = await sql<{ connections: number; lag: number | null }>`
    select (select count(*)::int from pg_stat_activity
        where datname = current_database() and starts_with(application_name, 'DOS INTEGRATION')) as connections,
      case when pg_is_in_recovery()
        then extract(epoch from now() - pg_last_xact_replay_timestamp())::float8 end as lag`.execute(handle);
  return { connections: rows[0]?.connections ?? 0, lagSeconds: rows[0]?.lag ?? null };
}
