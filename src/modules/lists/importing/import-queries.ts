import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Which of these addresses belong to accounts already, by the account's id, and which of these users are known. */
export async function selectKnownUsers(
  handle: Handle,
  emails: string[],
  ids: string[],
): Promise<{ taken: string[]; ids: string[] }> {
  const taken = await sql<{ id: string }>`
    select id from lists.users where email_canonical = any(
      select regexp_replace(email, '@googlemail\.com$', '@gmail.com') from unnest(${emails}::text[]) as email)
  `.execute(handle);
  const known = await sql<{ id: string }>`
    select id from lists.users where id = any(${ids}::text[])
  `.execute(handle);
  return { taken: taken.rows.map(({ id }) => id), ids: known.rows.map(({ id }) => id) };
}

/** Deletes a user with their lists, one list, and products; returns how many of these there were. */
export async function deleteSeeded(
  handle: Handle,
  seeded: { userId: string | null; listId: string | null; productIds: string[] },
): Promise<number> {
  const { userId, listId, productIds } = seeded;
  const lists = await sql`
    delete from lists.gift_lists where id = ${listId}::text or owner_id = ${userId}::text
  `.execute(handle);
  const products = await sql`delete from lists.products where id = any(${productIds}::text[])`.execute(
    handle,
  );
  const notFound = await sql`
    delete from lists.not_found_products where id = any(${productIds}::text[]) or created_by = ${userId}::text
  `.execute(handle);
  // What the user reserved elsewhere stays, as the reservation of a guest.
  await sql`
    update lists.reservations set user_id = null, holder_key = email where user_id = ${userId}::text
  `.execute(handle);
  const users = await sql`delete from lists.users where id = ${userId}::text`.execute(handle);
  return [lists, products, notFound, users].reduce((sum, one) => sum + Number(one.numAffectedRows ?? 0n), 0);
}
