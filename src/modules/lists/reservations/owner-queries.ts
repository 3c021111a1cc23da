import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export async function selectOwnerAddress(
  handle: Handle,
  listId: string,
): Promise<{ email: string; name: string | null } | undefined> {
  const { rows } = await sql<{ email: string; name: string | null }>`
    select u.email, u.name from lists.gift_lists l join lists.users u on u.id = l.owner_id where l.id = ${listId}
  `.execute(handle);
  return rows[0];
}
