import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import { wireTime } from './team-queries.ts';

export interface NewProductRow {
  id: string;
  cpm_product_team_id: string;
  product_team_id: string | null;
  name: string;
  ods_code: string;
  created_on: string;
  body: string;
}

/** Inserts products and gives back the ids of those inserted: not those that are reserved, or were ever used. */
export async function insertProducts(handle: Handle, products: NewProductRow[]): Promise<string[]> {
  const result = await sql<{ id: string }>`
    insert into parties.products
      (id, cpm_product_team_id, product_team_id, name, ods_code, created_on, body)
    select id, cpm_product_team_id, product_team_id, name, ods_code, created_on, body
    from json_to_recordset(${JSON.stringify(products)}::json) as product (
      id text, cpm_product_team_id text, product_team_id text, name text, ods_code text, created_on timestamptz,
      body text
    )
    where not exists (select from parties.reserved_product_ids as reserved where reserved.id = product.id)
    order by id collate "C"
    on conflict (id) do nothing
    returning id
  `.execute(handle);
  return result.rows.map((row) => row.id);
}

export interface DeletedProduct {
  id: string;
  cpm_product_team_id: string;
  product_team_id: string | null;
  name: string;
  ods_code: string;
  created_on: string;
}

/** Soft deletion within a team; undefined when the team has no such active product. */
export async function deactivateProduct(
  handle: Handle,
  product: { id: string; teamId: string; deletedOn: string },
): Promise<DeletedProduct | undefined> {
  const result = await sql<DeletedProduct>`
    update parties.products
    set status = 'inactive', updated_on = ${product.deletedOn}::timestamptz,
      deleted_on = ${product.deletedOn}::timestamptz
    where id = ${product.id} and cpm_product_team_id = ${product.teamId} and status = 'active'
    returning id, cpm_product_team_id, product_team_id, name, ods_code, ${wireTime(sql`created_on`)} as created_on
  `.execute(handle);
  return result.rows[0];
}

/** Ids of a team's active products, ascending by bytes. */
export async function selectActiveProductIds(handle: Handle, teamId: string): Promise<string[]> {
  const result = await sql<{ id: string }>`
    select id from parties.products where cpm_product_team_id = ${teamId} and status = 'active' order by id
  `.execute(handle);
  return result.rows.map((row) => row.id);
}

export interface TeamProductsRow {
  ods_code: string;
  cpm_product_team_id: string;
  product_team_id: string | null;
  /** Bodies joined by a comma and a space. */
  products: string;
}

/**
 * Active products of the team behind an identifier, or none. PostgreSQL joins the stored bodies: 10,000 rows become one,
 * so that neither the driver nor this process touches each of them.
 */
export async function selectProductsOfTeam(handle: Handle, given: string): Promise<TeamProductsRow[]> {
  const result = await sql<TeamProductsRow>`
    select product.ods_code, product.cpm_product_team_id, product.product_team_id,
      string_agg(product.body, ', ' order by product.id) as products
    from parties.identifiers as identifier
    join parties.product_teams as team on team.id = identifier.product_team_id and team.status = 'active'
    join parties.products as product on product.cpm_product_team_id = team.id and product.status = 'active'
    where identifier.value = ${given}
    group by product.ods_code, product.cpm_product_team_id, product.product_team_id
    order by product.ods_code, product.cpm_product_team_id
  `.execute(handle);
  return result.rows;
}

/** Active products of an organisation, a row for each team. */
export async function selectProductsOfOrganisation(
  handle: Handle,
  odsCode: string,
): Promise<TeamProductsRow[]> {
  const result = await sql<TeamProductsRow>`
    select ods_code, cpm_product_team_id, product_team_id, string_agg(body, ', ' order by id) as products
    from parties.products
    where ods_code = ${odsCode} and status = 'active'
    group by ods_code, cpm_product_team_id, product_team_id
    order by ods_code, cpm_product_team_id
  `.execute(handle);
  return result.rows;
}

export async function insertReservedIds(handle: Handle, ids: string[]): Promise<void> {
  await sql`
    insert into parties.reserved_product_ids (id) select unnest(${ids}::text[]) on conflict do nothing
  `.execute(handle);
}

/** Those of `ids` that a product has, of whatever status. */
export async function selectUsedProductIds(handle: Handle, ids: string[]): Promise<string[]> {
  const result = await sql<{ id: string }>`
    select id from parties.products where id = any(${ids}::text[])
  `.execute(handle);
  return result.rows.map((row) => row.id);
}
