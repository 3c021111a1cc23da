import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { GiftListRow, GiftRow, ProductFacts, ReservationRow } from '../tables.ts';

const LIST_COLUMNS = sql`
  l.id, l.owner_id, l.title, l.description, l.occasion, l.image_url, l.event_date_text, l.event_date, l.state,
  l.surprise, l.reveal_at, l.currency, l.created_at, l.updated_at, l.closed_at
`;

export async function selectListsOfOwner(handle: Handle, ownerId: string): Promise<GiftListRow[]> {
  const { rows } = await sql<GiftListRow>`
    select ${LIST_COLUMNS} from lists.gift_lists l where l.owner_id = ${ownerId} order by l.id collate "C"
  `.execute(handle);
  return rows;
}

/** Lists somebody manages without owning them. */
export async function selectListsOfCoOwner(handle: Handle, userId: string): Promise<GiftListRow[]> {
  const { rows } = await sql<GiftListRow>`
    select ${LIST_COLUMNS} from lists.co_owners c join lists.gift_lists l on l.id = c.list_id
    where c.user_id = ${userId} order by l.id collate "C"
  `.execute(handle);
  return rows;
}

export interface OwnedList extends GiftListRow {
  /** How the asking user manages this list: null when they do not. */
  co_owner: { sees_claims: boolean } | null;
}

/** `lock` holds the list against reservations (`update`) or against its own end (`share`). */
export async function selectList(
  handle: Handle,
  listId: string,
  userId: string,
  lock?: 'update' | 'share',
): Promise<OwnedList | undefined> {
  const locking = lock === 'update' ? sql`for update of l` : lock === 'share' ? sql`for share of l` : sql``;
  const { rows } = await sql<OwnedList>`
    select ${LIST_COLUMNS},
      (select json_build_object('sees_claims', c.sees_claims) from lists.co_owners c
        where c.list_id = l.id and c.user_id = ${userId}) as co_owner
    from lists.gift_lists l where l.id = ${listId} ${locking}
  `.execute(handle);
  return rows[0];
}

export async function countListsOfOwner(handle: Handle, ownerId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from lists.gift_lists where owner_id = ${ownerId}
  `.execute(handle);
  return rows[0]?.count ?? 0;
}

export interface NewGiftList {
  id: string;
  ownerId: string;
  title: string;
  description: string;
  occasion: string;
  imageUrl: string;
  eventDateText: string | null;
  eventDate: string | null;
  surprise: boolean;
  currency: string;
  now: Date;
}

export async function insertList(handle: Handle, list: NewGiftList): Promise<void> {
  await sql`
    insert into lists.gift_lists
      (id, owner_id, title, description, occasion, image_url, event_date_text, event_date, surprise, currency,
       created_at, updated_at)
    values (${list.id}, ${list.ownerId}, ${list.title}, ${list.description}, ${list.occasion}, ${list.imageUrl},
      ${list.eventDateText}, ${list.eventDate}::date, ${list.surprise}, ${list.currency}, ${list.now}, ${list.now})
  `.execute(handle);
}

/** Columns by name; only those given change. */
export type ListChange = Partial<{
  title: string;
  description: string;
  occasion: string;
  image_url: string;
  event_date_text: string | null;
  event_date: string | null;
  surprise: boolean;
  reveal_at: Date | null;
  currency: string;
}>;

export async function updateList(
  handle: Handle,
  listId: string,
  change: ListChange,
  now: Date,
): Promise<void> {
  await handle
    .updateTable('lists.gift_lists')
    .set({ ...change, updated_at: now })
    .where('id', '=', listId)
    .execute();
}

/** True when the state really changed. */
export async function updateListState(
  handle: Handle,
  listId: string,
  state: 'open' | 'closed',
  now: Date,
): Promise<boolean> {
  const result = await sql`
    update lists.gift_lists
    set state = ${state}, updated_at = ${now}, closed_at = ${state === 'closed' ? now : null}
    where id = ${listId} and state <> ${state}
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n) > 0;
}

/**
 * Deletes the list with all that hangs on it and says how many rows there were (spec section 3.3.5). The ids of its
 * reservations are kept, for the pages behind their links.
 */
export async function deleteList(
  handle: Handle,
  listId: string,
  now: Date,
): Promise<{ all: number; withoutReservations: number }> {
  const { rows } = await sql<{ gifts: number; reservations: number }>`
    with counted as (
      select (select count(*)::int from lists.gifts where list_id = ${listId}) as gifts,
        (select count(*)::int from lists.reservations where list_id = ${listId}) as reservations
    ), kept as (
      insert into lists.withdrawn_reservations (id, what, withdrawn_at)
      select id, 'list', ${now} from lists.reservations where list_id = ${listId} on conflict (id) do nothing
    ), gone as (
      delete from lists.gift_lists where id = ${listId} returning id
    )
    select gifts, reservations from counted, gone
  `.execute(handle);
  const { gifts = 0, reservations = 0 } = rows[0] ?? {};
  return { all: 1 + gifts + reservations, withoutReservations: 1 + gifts };
}

/** Removes not-found products of this user that only this list uses, and remembers their ids for an hour. */
export async function deleteOrphanedNotFound(
  handle: Handle,
  listId: string,
  userId: string,
  now: Date,
): Promise<void> {
  await sql`
    with gone as (
      delete from lists.not_found_products p
      using lists.gifts g
      where g.list_id = ${listId} and g.type = 'notfound' and p.id = g.product_id and p.created_by = ${userId}
        and not exists (
          select 1 from lists.gifts other where other.product_id = p.id and other.list_id <> ${listId}
        )
      returning p.id
    )
    insert into lists.tombstones (id, user_id, deleted_at) select id, ${userId}, ${now} from gone
    on conflict (id, user_id) do update set deleted_at = excluded.deleted_at
  `.execute(handle);
}

export interface WholeGift extends GiftRow {
  /** Null where the product's own record is missing. */
  facts: ProductFacts | null;
}

export interface WholeList {
  list: OwnedList;
  gifts: WholeGift[];
  /** In the states reserved and purchased. */
  reservations: ReservationRow[];
}

/**
 * A list with everything on it, as of one snapshot: one statement (spec section 4.1, G1). Reads by primary keys and
 * the gift index only, so its cost follows the size of the list alone.
 */
export async function selectWholeList(
  handle: Handle,
  listId: string,
  userId = '',
): Promise<WholeList | undefined> {
  const { rows } = await sql<OwnedList & { gifts: WholeGift[]; reservations: ReservationRow[] }>`
    select ${LIST_COLUMNS},
      (select json_build_object('sees_claims', c.sees_claims) from lists.co_owners c
        where c.list_id = l.id and c.user_id = ${userId}) as co_owner,
      (select coalesce(json_agg(gift order by gift.product_id collate "C"), '[]') from (
        select g.list_id, g.product_id, g.type, g.quantity, g.owner_quantity, g.reserved, g.purchased, g.notes,
          g.position, g.is_most_wanted, g.group_target, g.group_pledged,
          case when p.id is not null then json_build_object('brand', p.brand, 'details', p.details,
              'product_url', p.product_url, 'image_url', p.image_url, 'price', p.price, 'currency', p.currency,
              'retailer', p.retailer)
            when n.id is not null then json_build_object('brand', n.brand, 'details', n.details,
              'product_url', n.product_url, 'image_url', n.image_url, 'price', n.price, 'currency', n.currency,
              'retailer', null)
          end as facts
        from lists.gifts g
        left join lists.products p on g.type = 'products' and p.id = g.product_id
        left join lists.not_found_products n on g.type = 'notfound' and n.id = g.product_id
        where g.list_id = l.id
      ) gift) as gifts,
      (select coalesce(json_agg(claim order by claim.product_id collate "C", claim.holder_key collate "C",
          claim.id collate "C"), '[]') from (
        select r.id, r.list_id, r.product_id, r.holder_key, r.user_id, r.name, r.email, r.quantity, r.state,
          r.product_type, r.list_title, r.list_owner_id
        from lists.reservations r where r.list_id = l.id and r.state <> 'cancelled'
      ) claim) as reservations
    from lists.gift_lists l where l.id = ${listId}
  `.execute(handle);
  const [row] = rows;
  if (!row) return undefined;
  const { gifts, reservations, ...list } = row;
  return { list, gifts, reservations };
}
