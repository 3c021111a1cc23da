import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { GiftRow, ProductType } from '../tables.ts';

/** Whether a gift may refer to this product: a catalogue entry, or a not-found product of one of these users. */
export async function productExists(
  handle: Handle,
  product: { id: string; type: ProductType; creators: string[] },
): Promise<boolean> {
  const { id, type, creators } = product;
  const { rows } = await sql<{ found: boolean }>`
    select case ${type}::text
      when 'products' then exists (select 1 from lists.products where id = ${id} and withdrawn_at is null)
      else exists (
        select 1 from lists.not_found_products where id = ${id} and created_by = any(${creators}::text[])
      )
    end as found
  `.execute(handle);
  return rows[0]?.found ?? false;
}

export async function selectGift(
  handle: Handle,
  listId: string,
  productId: string,
): Promise<GiftRow | undefined> {
  const { rows } = await sql<GiftRow>`
    select list_id, product_id, type, quantity, owner_quantity, reserved, purchased, notes, position,
      is_most_wanted, group_target::float8 as group_target, group_pledged::float8 as group_pledged
    from lists.gifts where list_id = ${listId} and product_id = ${productId}
  `.execute(handle);
  return rows[0];
}

/** Adds a gift at the end of the list. `exists` when it is on the list, `full` when the list has all it may have. */
export async function insertGift(
  handle: Handle,
  gift: {
    listId: string;
    productId: string;
    type: ProductType;
    quantity: number;
    notes: string | null;
    isMostWanted: boolean;
    groupTarget: number | null;
    now: Date;
    mostGifts: number;
  },
): Promise<'added' | 'exists' | 'full'> {
  const { rows } = await sql<{ count: number; added: number }>`
    with counted as (
      select count(*)::int as count, coalesce(max(position), 0) as last from lists.gifts where list_id = ${gift.listId}
    ), added as (
      insert into lists.gifts
        (list_id, product_id, type, quantity, notes, position, is_most_wanted, group_target, created_at)
      select ${gift.listId}, ${gift.productId}, ${gift.type}, ${gift.quantity}, ${gift.notes}, counted.last + 1,
        ${gift.isMostWanted}, ${gift.groupTarget}, ${gift.now}
      from counted where counted.count < ${gift.mostGifts}
      on conflict (list_id, product_id) do nothing
      returning product_id
    )
    select counted.count, (select count(*)::int from added) as added from counted
  `.execute(handle);
  const [row] = rows;
  if (row && row.added > 0) return 'added';
  return row && row.count >= gift.mostGifts ? 'full' : 'exists';
}

export type GiftChange = Partial<{
  quantity: number;
  owner_quantity: number | null;
  notes: string | null;
  is_most_wanted: boolean;
  group_target: number | null;
}>;

export async function updateGift(
  handle: Handle,
  key: { listId: string; productId: string },
  change: GiftChange,
): Promise<void> {
  if (Object.keys(change).length === 0) return;
  await handle
    .updateTable('lists.gifts')
    .set(change)
    .where('list_id', '=', key.listId)
    .where('product_id', '=', key.productId)
    .execute();
}

export async function deleteGift(
  handle: Handle,
  key: { listId: string; productId: string },
  now: Date,
): Promise<boolean> {
  const result = await sql`
    with kept as (
      insert into lists.withdrawn_reservations (id, what, withdrawn_at)
      select id, 'gift', ${now} from lists.reservations
      where list_id = ${key.listId} and product_id = ${key.productId} on conflict (id) do nothing
    )
    delete from lists.gifts where list_id = ${key.listId} and product_id = ${key.productId}
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n) === 1;
}

/** Puts the gifts named into the order given; others keep their places behind them. Returns how many were known. */
export async function updateOrder(handle: Handle, listId: string, productIds: string[]): Promise<number> {
  const result = await sql`
    update lists.gifts g set position = wanted.place
    from (
      select coalesce(o.place, ${productIds.length} + row_number() over (order by g.position, g.product_id))::int as place,
        g.product_id
      from lists.gifts g
      left join unnest(${productIds}::text[]) with ordinality as o (product_id, place) on o.product_id = g.product_id
      where g.list_id = ${listId}
    ) wanted
    where g.list_id = ${listId} and g.product_id = wanted.product_id
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}
