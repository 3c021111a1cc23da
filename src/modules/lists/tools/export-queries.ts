import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** All accounts as people read them; no secret leaves with them. */
export async function selectUsersForExport(handle: Handle): Promise<Record<string, unknown>[]> {
  const { rows } = await sql<Record<string, unknown>>`
    select id, email, name, status, roles, created_at, last_sign_in_at from lists.users
    where status <> 'erased' order by id
  `.execute(handle);
  return rows;
}
