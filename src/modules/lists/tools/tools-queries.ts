import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { NotFoundProductRow } from '../tables.ts';

export async function countNotFound(handle: Handle): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from lists.not_found_products
  `.execute(handle);
  return rows[0]?.count ?? 0;
}

/** Oldest first; `after` is the id that ended the page before. */
export async function selectNotFoundQueue(handle: Handle, limit: number): Promise<NotFoundProductRow[]> {
  const { rows } = await sql<NotFoundProductRow>`
    select id, brand, details, product_url, image_url, price, currency, null as retailer, created_by
    from lists.not_found_products order by created_at, id limit ${limit}
  `.execute(handle);
  return rows;
}

export interface NotFoundItem extends NotFoundProductRow {
  creators_name: string | null;
  list_id: string | null;
  list_title: string | null;
}

export async function selectNotFoundItem(handle: Handle, id: string): Promise<NotFoundItem | undefined> {
  const { rows } = await sql<NotFoundItem>`
    select n.id, n.brand, n.details, n.product_url, n.image_url, n.price, n.currency, null as retailer, n.created_by,
      coalesce(u.name, u.email) as creators_name, l.id as list_id, l.title as list_title
    from lists.not_found_products n
    left join lists.users u on u.id = n.created_by
    left join lists.gifts g on g.product_id = n.id and g.type = 'notfound'
    left join lists.gift_lists l on l.id = g.list_id
    where n.id = ${id} order by l.id limit 1
  `.execute(handle);
  return rows[0];
}

export async function selectListsWithProduct(handle: Handle, productId: string): Promise<string[]> {
  const { rows } = await sql<{ list_id: string }>`
    select list_id from lists.gifts where product_id = ${productId} order by list_id
  `.execute(handle);
  return rows.map(({ list_id }) => list_id);
}

/** Makes the gift another product; its reservations and pledges follow by their foreign keys. */
export async function replaceGiftProduct(
  handle: Handle,
  change: { listId: string; from: string; to: string },
): Promise<void> {
  await sql`
    update lists.gifts set product_id = ${change.to}, type = 'products'
    where list_id = ${change.listId} and product_id = ${change.from}
  `.execute(handle);
  await sql`
    update lists.reservations set product_type = 'products'
    where list_id = ${change.listId} and product_id = ${change.to}
  `.execute(handle);
}

export interface DayCounts {
  day: string;
  lists: number;
  gifts: number;
  users: number;
  reserved: number;
  purchased: number;
}

/** The five counters by day, from our own tables (spec section 5.4). */
export async function selectDayCounts(handle: Handle, since: Date): Promise<DayCounts[]> {
  const { rows } = await sql<DayCounts>`
    with counted as (
      select created_at::date as day, 'lists' as what from lists.gift_lists where created_at >= ${since}
      union all select created_at::date, 'gifts' from lists.gifts where created_at >= ${since}
      union all select created_at::date, 'users' from lists.users where created_at >= ${since}
      union all select reserved_at::date, 'reserved' from lists.reservations where reserved_at >= ${since}
      union all select purchased_at::date, 'purchased' from lists.reservations where purchased_at >= ${since}
    )
    select to_char(day, 'YYYY-MM-DD') as day,
      count(*) filter (where what = 'lists')::int as lists, count(*) filter (where what = 'gifts')::int as gifts,
      count(*) filter (where what = 'users')::int as users,
      count(*) filter (where what = 'reserved')::int as reserved,
      count(*) filter (where what = 'purchased')::int as purchased
    from counted group by day order by day desc
  `.execute(handle);
  return rows;
}
