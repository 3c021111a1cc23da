import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Returns whether this is the first event of the record since it was last read. */
export async function insertGathered(handle: Handle, type: string, key: string): Promise<boolean> {
  const { rows } = await sql`
    insert into migration.gathered_keys (migration_type, nomis_key) values (${type}, ${key})
    on conflict do nothing
    returning nomis_key`.execute(handle);
  return rows.length > 0;
}

export async function deleteGathered(handle: Handle, type: string, key: string): Promise<void> {
  await sql`
    delete from migration.gathered_keys where migration_type = ${type} and nomis_key = ${key}`.execute(
    handle,
  );
}
