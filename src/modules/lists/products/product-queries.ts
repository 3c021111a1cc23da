import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { NotFoundProductRow, ProductRow } from '../tables.ts';

const PRODUCT_COLUMNS = sql`
  id, retailer, brand, details, product_url, image_url, price, currency, is_search_hidden, price_checked_at
`;
const NOT_FOUND_COLUMNS = sql`
  id, brand, details, product_url, image_url, price, currency, null as retailer, created_by
`;

export interface NewProduct {
  id: string;
  retailer: string;
  brand: string;
  details: string;
  productUrl: string;
  searchUrl: string;
  imageUrl: string;
  price: string | null;
  currency: string | null;
  isSearchHidden: boolean;
  now: Date;
}

export async function insertProduct(handle: Handle, product: NewProduct): Promise<void> {
  await sql`
    insert into lists.products (id, retailer, brand, details, product_url, search_url, image_url, price, currency,
      is_search_hidden, created_at)
    values (${product.id}, ${product.retailer}, ${product.brand}, ${product.details}, ${product.productUrl},
      ${product.searchUrl}, ${product.imageUrl}, ${product.price}, ${product.currency}, ${product.isSearchHidden},
      ${product.now})
  `.execute(handle);
}

/** Writes a product under its id; true when it was new. */
export async function upsertProduct(
  handle: Handle,
  product: NewProduct & { priceCheckedAt: Date | null },
): Promise<boolean> {
  const { rows } = await sql<{ is_new: boolean }>`
    insert into lists.products (id, retailer, brand, details, product_url, search_url, image_url, price, currency,
      is_search_hidden, price_checked_at, created_at)
    values (${product.id}, ${product.retailer}, ${product.brand}, ${product.details}, ${product.productUrl},
      ${product.searchUrl}, ${product.imageUrl}, ${product.price}, ${product.currency}, ${product.isSearchHidden},
      ${product.priceCheckedAt}, ${product.now})
    on conflict (id) do update set retailer = excluded.retailer, brand = excluded.brand, details = excluded.details,
      product_url = excluded.product_url, search_url = excluded.search_url, image_url = excluded.image_url,
      price = excluded.price, currency = coalesce(excluded.currency, lists.products.currency),
      is_search_hidden = excluded.is_search_hidden, price_checked_at = excluded.price_checked_at, withdrawn_at = null,
      image_fault = null, image_checked_at = null
    returning (xmax = 0) as is_new
  `.execute(handle);
  return rows[0]?.is_new ?? false;
}

export async function selectProduct(handle: Handle, id: string): Promise<ProductRow | undefined> {
  const { rows } = await sql<ProductRow>`
    select ${PRODUCT_COLUMNS} from lists.products where id = ${id}
  `.execute(handle);
  return rows[0];
}

export async function selectProducts(handle: Handle, ids: string[]): Promise<ProductRow[]> {
  const { rows } = await sql<ProductRow>`
    select ${PRODUCT_COLUMNS} from lists.products where id = any(${ids}::text[])
  `.execute(handle);
  return rows;
}

/** Deletes a product no list uses; one that is used is only taken out of the search (spec section 3.5.3). */
export async function withdrawProduct(handle: Handle, id: string, now: Date): Promise<void> {
  await sql`
    with withdrawn as (
      update lists.products set withdrawn_at = ${now}
      where id = ${id} and exists (select 1 from lists.gifts where product_id = ${id} and type = 'products')
      returning id
    )
    delete from lists.products where id = ${id}
      and not exists (select 1 from lists.gifts where product_id = ${id} and type = 'products')
      and not exists (select 1 from withdrawn)
  `.execute(handle);
}

/** The product of one of these addresses: exact matches of the first before looser ones, visible, then newest. */
export async function selectProductByUrl(
  handle: Handle,
  exactUrl: string,
  searchUrls: string[],
): Promise<ProductRow | undefined> {
  const { rows } = await sql<ProductRow>`
    select ${PRODUCT_COLUMNS} from lists.products
    where withdrawn_at is null and (product_url = ${exactUrl} or search_url = any(${searchUrls}::text[]))
    order by is_search_hidden, (product_url = ${exactUrl}) desc, created_at desc, id
    limit 1
  `.execute(handle);
  return rows[0];
}

export async function insertNotFound(
  handle: Handle,
  product: {
    id: string;
    brand: string;
    details: string;
    productUrl: string;
    imageUrl: string | null;
    price: string | null;
    currency: string | null;
    createdBy: string;
    now: Date;
  },
): Promise<void> {
  await sql`
    insert into lists.not_found_products
      (id, brand, details, product_url, image_url, price, currency, created_by, created_at)
    values (${product.id}, ${product.brand}, ${product.details}, ${product.productUrl}, ${product.imageUrl},
      ${product.price}, ${product.currency}, ${product.createdBy}, ${product.now})
  `.execute(handle);
}

export async function selectNotFound(
  handle: Handle,
  id: string,
  lock = false,
): Promise<NotFoundProductRow | undefined> {
  const { rows } = await sql<NotFoundProductRow>`
    select ${NOT_FOUND_COLUMNS} from lists.not_found_products where id = ${id} ${lock ? sql`for update` : sql``}
  `.execute(handle);
  return rows[0];
}

export async function selectNotFoundProducts(handle: Handle, ids: string[]): Promise<NotFoundProductRow[]> {
  const { rows } = await sql<NotFoundProductRow>`
    select ${NOT_FOUND_COLUMNS} from lists.not_found_products where id = any(${ids}::text[])
  `.execute(handle);
  return rows;
}

/** Only its creator deletes a not-found product (spec section 4.1, G7); a gift of it is shown without its facts then. */
export async function deleteNotFound(handle: Handle, id: string, createdBy: string): Promise<boolean> {
  const result = await sql`
    delete from lists.not_found_products where id = ${id} and created_by = ${createdBy}
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n) === 1;
}

export async function deleteNotFoundById(handle: Handle, id: string): Promise<void> {
  await sql`delete from lists.not_found_products where id = ${id}`.execute(handle);
}

/** Whether the server removed this id for this user within the last hour (spec section 3.6.3). */
export async function wasRemovedWithList(
  handle: Handle,
  id: string,
  userId: string,
  since: Date,
): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select exists (
      select 1 from lists.tombstones where id = ${id} and user_id = ${userId} and deleted_at > ${since}
    ) as found
  `.execute(handle);
  return rows[0]?.found ?? false;
}

/** Products whose picture was looked at longest ago, or never. */
export async function selectUncheckedImages(
  handle: Handle,
  limit: number,
): Promise<{ id: string; image_url: string }[]> {
  const { rows } = await sql<{ id: string; image_url: string }>`
    select id, image_url from lists.products where withdrawn_at is null
    order by image_checked_at nulls first limit ${limit}
  `.execute(handle);
  return rows;
}

export async function updateImageCheck(
  handle: Handle,
  id: string,
  fault: string | null,
  now: Date,
): Promise<void> {
  await sql`
    update lists.products set image_checked_at = ${now}, image_fault = ${fault} where id = ${id}
  `.execute(handle);
}

export async function countBrokenImages(handle: Handle): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from lists.products where image_fault is not null and withdrawn_at is null
  `.execute(handle);
  return rows[0]?.count ?? 0;
}
