import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/**
 * Returns whether this is the first event of the record since it was last read. A row that should long be gone counts as
 * none: its message was purged, or dropped while the new service led.
 */
export async function insertGathered(
  handle: Handle,
  type: string,
  key: string,
  forgottenAfterSeconds: number,
): Promise<boolean> {
  const { rows } = await sql`
    insert into migration.gathered_keys as g (migration_type, nomis_key) values (${type}, ${key})
    on conflict (migration_type, nomis_key) do update set gathered_at = now()
      where g.gathered_at < now() - ${forgottenAfterSeconds}::float8 * interval '1 second'
    returning nomis_key`.execute(handle);
  return rows.length > 0;
}

export async function deleteGathered(handle: Handle, type: string, key: string): Promise<void> {
  await sql`
    delete from migration.gathered_keys where migration_type = ${type} and nomis_key = ${key}`.execute(
    handle,
  );
}
