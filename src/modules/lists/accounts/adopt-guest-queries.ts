import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export async function adoptContributions(handle: Handle, userId: string, emails: string[]): Promise<void> {
  await sql`
    update lists.contributions set holder_key = ${userId}, user_id = ${userId}
    where holder_key = any(${emails}::text[])
  `.execute(handle);
}

/** Invitations to manage a list that were sent before there was an account. */
export async function adoptCoOwnerships(handle: Handle, userId: string, emails: string[]): Promise<void> {
  await sql`
    update lists.co_owners set user_id = ${userId} where email = any(${emails}::text[]) and user_id is null
  `.execute(handle);
}
