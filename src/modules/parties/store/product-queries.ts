import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { EventSource, ModuleRegister } from '#platform/events';
import { runStatement, type StatementTarget } from './named-statement.ts';
import { lockTeamShared, teamNamed, wireTime } from './team-queries.ts';

/** A product as it is written, its body in pieces around what the team gives it. */
export interface NewProductRow {
  id: string;
  /** The team as the caller named it. */
  given: string;
  name: string;
  created_on: string;
  /** False for a name that the domain refuses: only whether the team exists is still to be found out. */
  is_valid: boolean;
  before_team: string;
  before_alias: string;
  before_ods_code: string;
  before_keys: string;
  ending: string;
  application: string;
  correlation_id: string | null;
}

export interface InsertedProduct {
  id: string;
  has_team: boolean;
  /** Null when the product was not inserted. */
  body: string | null;
}

/**
 * Inserts products with their events and says of each what became of it: without a team, refused because the id is
 * reserved or was ever used, or inserted. Teams are held against deletion meanwhile (spec section 4.4), in order of id,
 * so that two calls never hold what the other waits for. No two rows may have the same id.
 */
export async function insertProducts(
  target: StatementTarget,
  register: ModuleRegister,
  products: NewProductRow[],
): Promise<InsertedProduct[]> {
  const statement = {
    name: 'parties-insert-products',
    build: (rows: string) => insertionOfProducts(register, rows),
  };
  return runStatement(target, statement, JSON.stringify(products));
}

function insertionOfProducts(register: ModuleRegister, products: string): RawBuilder<InsertedProduct> {
  return sql<InsertedProduct>`
      with incoming as materialized (
        select * from json_to_recordset(${products}::json) as product (
          id text, given text, name text, created_on timestamptz, is_valid boolean, before_team text,
          before_alias text, before_ods_code text, before_keys text, ending text, application text,
          correlation_id text
        )
      ),
      named as materialized (
        select wanted.given, identifier.product_team_id as id
        from (select distinct given from incoming) as wanted
        cross join lateral (${teamNamed(sql`wanted.given`)}) as identifier
      ),
      team as materialized (
        select active.*
        from (select distinct id from named order by id) as wanted
        cross join lateral (${lockTeamShared(sql`wanted.id`)}) as active
      ),
      resolved as materialized (
        select incoming.*, team.id as team_id, team.ods_code, team.alias,
          before_team || team.id || before_alias || coalesce('"' || team.alias || '"', 'null') || before_ods_code
            || team.ods_code || before_keys as content
        from incoming
        join named using (given)
        join team on team.id = named.id
      ),
      inserted as (
        insert into parties.products
          (id, cpm_product_team_id, product_team_id, name, ods_code, created_on, body)
        select id, team_id, alias, name, ods_code, created_on, content || ending
        from resolved
        where is_valid
          and not exists (select from parties.reserved_product_ids as reserved where reserved.id = resolved.id)
        order by id collate "C"
        on conflict (id) do nothing
        returning id, body
      ),
      made as materialized (select resolved.* from resolved join inserted on inserted.id = resolved.id),
      event as (
        insert into parties.domain_events
          (aggregate_type, aggregate_id, name, payload, occurred_at, application, correlation_id)
        select 'product', id, 'cpm_product_created_event', (content || '}')::json, created_on, application,
          correlation_id
        from made
      ),
      registered as (${register.insertion(sql<EventSource>`
        select created_on as time, 'product.created' as name, correlation_id,
          array[id, team_id, ods_code] as subjects,
          json_build_object('application', application, 'ods_code', ods_code) as properties
        from made
      `)})
      select incoming.id, resolved.team_id is not null as has_team, inserted.body
      from incoming
      left join resolved on resolved.id = incoming.id
      left join inserted on inserted.id = incoming.id
    `;
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
