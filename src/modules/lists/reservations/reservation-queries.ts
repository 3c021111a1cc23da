import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { GiftRow, ListState, ProductType, ReservationRow } from '../tables.ts';

const COLUMNS = sql`
  r.id, r.list_id, r.product_id, r.holder_key, r.user_id, r.name, r.email, r.quantity, r.state, r.product_type,
  r.list_title, r.list_owner_id
`;

export interface LockedList {
  id: string;
  owner_id: string;
  title: string;
  state: ListState;
  surprise: boolean;
  reveal_at: Date | null;
  event_date: string | null;
  /** Users who manage the list beside its owner, and of them those who never learn what is claimed. */
  co_owner_ids: string[];
  blind_ids: string[];
}

/** First of the locks: lists against closing and deletion, in one order for everybody (spec section 6.2). */
export async function lockListsShared(handle: Handle, ids: string[]): Promise<LockedList[]> {
  const { rows } = await sql<LockedList>`
    select id, owner_id, title, state, surprise, reveal_at, event_date,
      array(select c.user_id from lists.co_owners c where c.list_id = l.id and c.user_id is not null) as co_owner_ids,
      array(select c.user_id from lists.co_owners c
        where c.list_id = l.id and c.user_id is not null and not c.sees_claims) as blind_ids
    from lists.gift_lists l
    where id = any(${ids}::text[]) order by id for share of l
  `.execute(handle);
  return rows;
}

export interface GiftKey {
  listId: string;
  productId: string;
}

export interface LockedGift extends GiftRow {
  has_facts: boolean;
}

/** Second of the locks: gifts, whose counters the caller is about to judge and change. */
export async function lockGifts(handle: Handle, keys: GiftKey[]): Promise<LockedGift[]> {
  const { rows } = await sql<LockedGift>`
    select g.list_id, g.product_id, g.type, g.quantity, g.owner_quantity, g.reserved, g.purchased, g.notes,
      g.position, g.is_most_wanted, g.group_target::float8 as group_target, g.group_pledged::float8 as group_pledged,
      case g.type when 'products' then exists (select 1 from lists.products p where p.id = g.product_id)
        else exists (select 1 from lists.not_found_products n where n.id = g.product_id) end as has_facts
    from lists.gifts g
    where (g.list_id, g.product_id) in (
      select k->>'listId', k->>'productId' from json_array_elements(${JSON.stringify(keys)}::json) k
    )
    order by g.list_id, g.product_id
    for update of g
  `.execute(handle);
  return rows;
}

/** Third: the reservation itself. */
export async function lockReservation(handle: Handle, id: string): Promise<ReservationRow | undefined> {
  const { rows } = await sql<ReservationRow>`
    select ${COLUMNS} from lists.reservations r where r.id = ${id} for update
  `.execute(handle);
  return rows[0];
}

export async function selectReservation(handle: Handle, id: string): Promise<ReservationRow | undefined> {
  const { rows } = await sql<ReservationRow>`
    select ${COLUMNS} from lists.reservations r where r.id = ${id}
  `.execute(handle);
  return rows[0];
}

/** A reservation whose gift was gone when it was imported, as it goes over the wire. */
export async function selectArchivedReservation(
  handle: Handle,
  id: string,
): Promise<Record<string, unknown> | undefined> {
  const { rows } = await sql<{ wire: Record<string, unknown> }>`
    select wire from lists.archived_reservations where id = ${id}
  `.execute(handle);
  return rows[0]?.wire;
}

/** Whether this reservation went with its gift or with its whole list; undefined where it never was, or long ago. */
export async function selectWithdrawn(handle: Handle, id: string): Promise<'gift' | 'list' | undefined> {
  const { rows } = await sql<{ what: 'gift' | 'list' }>`
    select what from lists.withdrawn_reservations where id = ${id}
    union all select 'gift' from lists.archived_reservations where id = ${id} limit 1
  `.execute(handle);
  return rows[0]?.what;
}

export interface HolderAccount {
  id: string;
  email: string;
  name: string | null;
}

/** Confirmed accounts with these addresses: an address nobody proved is no account for this purpose. */
export async function selectAccountsByEmail(handle: Handle, emails: string[]): Promise<HolderAccount[]> {
  const { rows } = await sql<HolderAccount>`
    select id, email, name from lists.users
    where email = any(${emails}::text[]) and status = 'active' and email_verified_at is not null
  `.execute(handle);
  return rows;
}

/** Which of these holders have an active reservation on these gifts, as `list product holder` in JSON. */
export async function selectActiveHolders(
  handle: Handle,
  keys: (GiftKey & { holderKey: string })[],
): Promise<{ list_id: string; product_id: string; holder_key: string }[]> {
  const { rows } = await sql<{ list_id: string; product_id: string; holder_key: string }>`
    select r.list_id, r.product_id, r.holder_key
    from json_to_recordset(${JSON.stringify(keys)}::json) as k ("listId" text, "productId" text, "holderKey" text)
    join lists.reservations r on r.list_id = k."listId" and r.product_id = k."productId"
      and r.holder_key = k."holderKey" and r.state = 'reserved'
  `.execute(handle);
  return rows;
}

export interface NewReservation {
  id: string;
  list_id: string;
  product_id: string;
  holder_key: string;
  user_id: string | null;
  name: string;
  email: string;
  quantity: number;
  product_type: ProductType;
  list_title: string;
  list_owner_id: string;
  locale: string | null;
}

/** Inserts reservations and counts them on their gifts, in one statement. The gifts are locked by the caller. */
export async function insertReservations(
  handle: Handle,
  reservations: NewReservation[],
  now: Date,
): Promise<void> {
  await sql`
    with added as (
      insert into lists.reservations (id, list_id, product_id, holder_key, user_id, name, email, quantity,
        product_type, list_title, list_owner_id, locale, reserved_at, updated_at)
      select n.id, n.list_id, n.product_id, n.holder_key, n.user_id, n.name, n.email, n.quantity, n.product_type,
        n.list_title, n.list_owner_id, n.locale, ${now}, ${now}
      from json_to_recordset(${JSON.stringify(reservations)}::json) as n (id text, list_id text, product_id text,
        holder_key text, user_id text, name text, email text, quantity int, product_type text, list_title text,
        list_owner_id text, locale text)
      returning list_id, product_id, quantity
    )
    update lists.gifts g set reserved = g.reserved + claimed.quantity
    from (select list_id, product_id, sum(quantity)::int as quantity from added group by list_id, product_id) claimed
    where g.list_id = claimed.list_id and g.product_id = claimed.product_id
  `.execute(handle);
}

/**
 * Moves the counters of a locked gift; the checks of the table refuse what must never be. Where the owner of a surprise
 * wants fewer than were claimed, each unit given back is wanted no more.
 */
export async function moveGiftCounters(
  handle: Handle,
  key: GiftKey,
  by: { reserved: number; purchased: number },
): Promise<void> {
  await sql`
    update lists.gifts set reserved = reserved + ${by.reserved}, purchased = purchased + ${by.purchased},
      quantity = case when owner_quantity is null then quantity
        else greatest(owner_quantity, reserved + purchased + ${by.reserved + by.purchased}) end,
      owner_quantity = case when owner_quantity < reserved + purchased + ${by.reserved + by.purchased}
        then owner_quantity end
    where list_id = ${key.listId} and product_id = ${key.productId}
  `.execute(handle);
}

export async function updateReservationQuantity(
  handle: Handle,
  id: string,
  quantity: number,
  now: Date,
): Promise<boolean> {
  const result = await sql`
    update lists.reservations set quantity = ${quantity}, updated_at = ${now}
    where id = ${id} and state = 'reserved'
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n) === 1;
}

/** Guarded by the state it comes from, so that of two races one changes nothing. */
export async function moveReservation(
  handle: Handle,
  id: string,
  move: { from: ReservationRow['state']; to: ReservationRow['state']; now: Date },
): Promise<boolean> {
  const { from, to, now } = move;
  const result = await sql`
    update lists.reservations set state = ${to}, updated_at = ${now},
      cancelled_at = case when ${to} = 'cancelled' then ${now}::timestamptz end,
      purchased_at = case when ${to} = 'purchased' then ${now}::timestamptz end
    where id = ${id} and state = ${from}
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n) === 1;
}

export async function deleteReservation(handle: Handle, id: string): Promise<void> {
  await sql`delete from lists.reservations where id = ${id}`.execute(handle);
}

/** When the last step was taken, and in which language the reservation was made. */
export async function selectReservationTimes(
  handle: Handle,
  id: string,
): Promise<{ updated_at: Date; locale: string | null } | undefined> {
  const { rows } = await sql<{ updated_at: Date; locale: string | null }>`
    select updated_at, locale from lists.reservations where id = ${id}
  `.execute(handle);
  return rows[0];
}

export interface ClaimHolder {
  id: string;
  name: string;
  email: string;
  quantity: number;
  product_id: string;
  locale: string | null;
}

/** Active reservations of a list or of one of its gifts: those who still mean to buy. */
export async function selectClaimsOfList(
  handle: Handle,
  listId: string,
  productId?: string,
): Promise<ClaimHolder[]> {
  const { rows } = await sql<ClaimHolder>`
    select id, name, email, quantity, product_id, locale from lists.reservations
    where list_id = ${listId} and state = 'reserved' and email like '%@%'
      and (${productId ?? null}::text is null or product_id = ${productId ?? null})
    order by id
  `.execute(handle);
  return rows;
}

export async function markThanked(handle: Handle, id: string, now: Date): Promise<boolean> {
  const result = await sql`
    update lists.reservations set thanked_at = ${now} where id = ${id} and thanked_at is null
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n) === 1;
}

/**
 * Makes reservations of this guest address the account's own (spec section 6.10). One that would stand beside an
 * active reservation of the account on the same gift keeps its key; ownership checks accept both.
 */
export async function adoptReservations(
  handle: Handle,
  account: { userId: string; emails: string[] },
): Promise<number> {
  const result = await sql`
    update lists.reservations r set user_id = ${account.userId},
      holder_key = case when r.state = 'reserved' and exists (
        select 1 from lists.reservations own
        where own.list_id = r.list_id and own.product_id = r.product_id and own.id <> r.id
          and own.state = 'reserved'
          and (own.holder_key = ${account.userId}
            or (own.holder_key = any(${account.emails}::text[])
              and (own.reserved_at, own.id) < (r.reserved_at, r.id)))
      ) then r.holder_key else ${account.userId} end
    where r.holder_key = any(${account.emails}::text[])
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}

export async function selectIdempotentAnswer(
  handle: Handle,
  key: string,
  caller: string,
): Promise<Record<string, unknown> | undefined> {
  const { rows } = await sql<{ answer: Record<string, unknown> }>`
    select answer from lists.idempotency_keys where key = ${key} and caller = ${caller}
      and created_at > now() - interval '24 hours'
  `.execute(handle);
  return rows[0]?.answer;
}

/** False when another request with this key was first. */
export async function insertIdempotentAnswer(
  handle: Handle,
  entry: { key: string; caller: string; answer: Record<string, unknown> },
): Promise<boolean> {
  const result = await sql`
    insert into lists.idempotency_keys (key, caller, answer)
    values (${entry.key}, ${entry.caller}, ${JSON.stringify(entry.answer)}::jsonb)
    on conflict (key, caller) do update set answer = excluded.answer, created_at = now()
      where lists.idempotency_keys.created_at <= now() - interval '24 hours'
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n) === 1;
}
