import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Lists of a user that must go with the account, locked against reservations. */
export async function lockListsOfOwner(
  handle: Handle,
  userId: string,
): Promise<{ id: string; owner_id: string; title: string; currency: string }[]> {
  const { rows } = await sql<{ id: string; owner_id: string; title: string; currency: string }>`
    select id, owner_id, title, currency from lists.gift_lists where owner_id = ${userId} order by id for update
  `.execute(handle);
  return rows;
}

/** Active reservations of a user give their units back; all of the user's become nobody's (spec section 7.7). */
export async function releaseReservationsOf(handle: Handle, userId: string, now: Date): Promise<void> {
  await sql`
    with released as (
      update lists.reservations set state = 'cancelled', cancelled_at = ${now}, updated_at = ${now}
      where user_id = ${userId} and state = 'reserved'
      returning list_id, product_id, quantity
    )
    update lists.gifts g set reserved = greatest(0, g.reserved - claimed.quantity),
      quantity = case when g.owner_quantity is null then g.quantity
        else greatest(g.owner_quantity, g.reserved + g.purchased - claimed.quantity) end,
      owner_quantity = case when g.owner_quantity < g.reserved + g.purchased - claimed.quantity
        then g.owner_quantity end
    from (select list_id, product_id, sum(quantity)::int as quantity from released group by list_id, product_id) claimed
    where g.list_id = claimed.list_id and g.product_id = claimed.product_id
  `.execute(handle);
  await sql`
    update lists.reservations set holder_key = 'erased:' || id, user_id = null, name = 'Somebody', email = ''
    where user_id = ${userId}
  `.execute(handle);
  await sql`
    with withdrawn as (
      update lists.contributions set state = 'withdrawn', updated_at = ${now}
      where user_id = ${userId} and state = 'pledged'
      returning list_id, product_id, amount
    )
    update lists.gifts g set group_pledged = greatest(0, g.group_pledged - pledged.amount)
    from (select list_id, product_id, sum(amount)::bigint as amount from withdrawn group by list_id, product_id) pledged
    where g.list_id = pledged.list_id and g.product_id = pledged.product_id
  `.execute(handle);
  await sql`
    update lists.contributions set holder_key = 'erased:' || id, user_id = null, name = 'Somebody', email = ''
    where user_id = ${userId}
  `.execute(handle);
}

/** Keeps the row, so that ids stay unique, and nothing about the person. */
export async function eraseUser(handle: Handle, userId: string, now: Date): Promise<void> {
  await sql`delete from lists.passwords where user_id = ${userId}`.execute(handle);
  await sql`delete from lists.identities where user_id = ${userId}`.execute(handle);
  await sql`delete from lists.auth_codes where user_id = ${userId}`.execute(handle);
  await sql`delete from lists.sessions where user_id = ${userId}`.execute(handle);
  await sql`delete from lists.co_owners where user_id = ${userId}`.execute(handle);
  await sql`delete from lists.not_found_products where created_by = ${userId}
    and not exists (select 1 from lists.gifts g where g.product_id = lists.not_found_products.id)`.execute(
    handle,
  );
  await sql`
    update lists.users set email = 'erased:' || id, name = null, status = 'erased', roles = '{}', erased_at = ${now}
    where id = ${userId}
  `.execute(handle);
}

/** Everything kept about a person, for the person (spec section 7.7). */
export async function selectUserExport(handle: Handle, userId: string): Promise<Record<string, unknown>> {
  const { rows } = await sql<{ data: Record<string, unknown> }>`
    select json_build_object(
      'account', (select json_build_object('userId', u.id, 'email', u.email, 'name', u.name, 'createdAt', u.created_at,
          'lastSignInAt', u.last_sign_in_at, 'language', u.locale, 'currency', u.currency)
        from lists.users u where u.id = ${userId}),
      'signInMethods', (select coalesce(json_agg(json_build_object('provider', i.provider, 'email', i.email_at_link,
          'linkedAt', i.linked_at)), '[]') from lists.identities i where i.user_id = ${userId}),
      'lists', (select coalesce(json_agg(json_build_object('listId', l.id, 'title', l.title,
          'description', l.description, 'occasion', l.occasion, 'eventDate', l.event_date_text, 'state', l.state,
          'gifts', (select coalesce(json_agg(json_build_object('productId', g.product_id,
            'quantity', coalesce(g.owner_quantity, g.quantity), 'notes', g.notes)), '[]') from lists.gifts g where g.list_id = l.id))), '[]')
        from lists.gift_lists l where l.owner_id = ${userId}),
      'reservations', (select coalesce(json_agg(json_build_object('reservationId', r.id, 'listId', r.list_id,
          'productId', r.product_id, 'quantity', r.quantity, 'state', r.state, 'name', r.name, 'email', r.email,
          'reservedAt', r.reserved_at)), '[]') from lists.reservations r where r.user_id = ${userId}),
      'contributions', (select coalesce(json_agg(json_build_object('listId', c.list_id, 'productId', c.product_id,
          'amount', c.amount, 'state', c.state)), '[]') from lists.contributions c where c.user_id = ${userId})
    ) as data
  `.execute(handle);
  return rows[0]?.data ?? {};
}
