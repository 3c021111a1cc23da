import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface CoOwnerRow {
  email: string;
  name: string | null;
  user_id: string | null;
  sees_claims: boolean;
}

export async function selectCoOwners(handle: Handle, listId: string): Promise<CoOwnerRow[]> {
  const { rows } = await sql<CoOwnerRow>`
    select c.email, u.name, c.user_id, c.sees_claims from lists.co_owners c
    left join lists.users u on u.id = c.user_id where c.list_id = ${listId} order by c.added_at, c.email
  `.execute(handle);
  return rows;
}

/** True when the person was not a co-owner yet. */
export async function upsertCoOwner(
  handle: Handle,
  coOwner: { listId: string; email: string; userId: string | null; seesClaims: boolean },
): Promise<boolean> {
  const { rows } = await sql<{ is_new: boolean }>`
    insert into lists.co_owners (list_id, email, user_id, sees_claims)
    values (${coOwner.listId}, ${coOwner.email}, ${coOwner.userId}, ${coOwner.seesClaims})
    on conflict (list_id, email) do update set sees_claims = excluded.sees_claims
    returning (xmax = 0) as is_new
  `.execute(handle);
  return rows[0]?.is_new ?? false;
}

export async function deleteCoOwner(handle: Handle, listId: string, email: string): Promise<boolean> {
  const result = await sql`
    delete from lists.co_owners where list_id = ${listId} and email = ${email}
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n) === 1;
}
