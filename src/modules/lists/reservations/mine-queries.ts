import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Managed } from '../gift-lists/visibility.ts';
import type { ReservationState } from '../tables.ts';

export interface MineRow {
  id: string;
  list_id: string;
  list_title: string;
  list_state: 'open' | 'closed';
  event_date_text: string | null;
  product_id: string;
  brand: string | null;
  details: string | null;
  product_url: string | null;
  image_url: string | null;
  quantity: number;
  state: ReservationState;
  reserved_at: Date;
}

/** With what decides whether the person who asks may know of it. */
export interface OwnMineRow extends MineRow, Managed {
  user_id: string | null;
}

const LATEST = 500;

/** What somebody reserved, newest first: by account, or by the reservations a browser knows. */
export async function selectMine(
  handle: Handle,
  who: { userId: string | undefined; ids: string[] },
): Promise<OwnMineRow[]> {
  const { rows } = await sql<OwnMineRow>`
    select r.id, r.list_id, l.title as list_title, l.state as list_state, l.event_date_text, r.product_id, r.user_id,
      l.owner_id, l.surprise, l.reveal_at, l.event_date,
      (select json_build_object('sees_claims', c.sees_claims) from lists.co_owners c
        where c.list_id = l.id and c.user_id = ${who.userId ?? null}) as co_owner,
      coalesce(p.brand, n.brand) as brand, coalesce(p.details, n.details) as details,
      coalesce(p.product_url, n.product_url) as product_url, coalesce(p.image_url, n.image_url) as image_url,
      r.quantity, r.state, r.reserved_at
    from lists.reservations r
    join lists.gift_lists l on l.id = r.list_id
    left join lists.products p on r.product_type = 'products' and p.id = r.product_id
    left join lists.not_found_products n on r.product_type = 'notfound' and n.id = r.product_id
    where r.user_id = ${who.userId ?? null} or r.id = any(${who.ids}::text[])
    order by r.reserved_at desc, r.id limit ${LATEST}
  `.execute(handle);
  return rows;
}

export interface ReservationPageRow extends MineRow {
  holder_key: string;
  name: string;
  email: string;
  price: string | null;
  currency: string | null;
  retailer: string | null;
  notes: string | null;
  wanted: number;
  gift_reserved: number;
  gift_purchased: number;
  updated_at: Date;
  list_owner_id: string;
}

/** A reservation with its gift and list, as its page shows it. */
export async function selectReservationPage(
  handle: Handle,
  id: string,
): Promise<ReservationPageRow | undefined> {
  const { rows } = await sql<ReservationPageRow>`
    select r.id, r.list_id, l.title as list_title, l.state as list_state, l.event_date_text, r.product_id,
      r.holder_key, r.name, r.email, r.updated_at, r.list_owner_id,
      coalesce(p.brand, n.brand) as brand, coalesce(p.details, n.details) as details,
      coalesce(p.product_url, n.product_url) as product_url, coalesce(p.image_url, n.image_url) as image_url,
      coalesce(p.price, n.price) as price, coalesce(p.currency, n.currency, l.currency) as currency, p.retailer,
      g.notes, g.quantity as wanted, g.reserved as gift_reserved, g.purchased as gift_purchased,
      r.quantity, r.state, r.reserved_at
    from lists.reservations r
    join lists.gift_lists l on l.id = r.list_id
    join lists.gifts g on g.list_id = r.list_id and g.product_id = r.product_id
    left join lists.products p on g.type = 'products' and p.id = r.product_id
    left join lists.not_found_products n on g.type = 'notfound' and n.id = r.product_id
    where r.id = ${id}
  `.execute(handle);
  return rows[0];
}
