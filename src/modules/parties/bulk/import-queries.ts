import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Those of these names that a team or a product has or had. */
export async function selectTaken(
  handle: Handle,
  names: { identifiers: string[]; productIds: string[] },
): Promise<string[]> {
  const result = await sql<{ id: string }>`
    select value as id from parties.identifiers where value = any(${names.identifiers}::text[])
    union all
    select id from parties.products where id = any(${names.productIds}::text[])
  `.execute(handle);
  return result.rows.map(({ id }) => id);
}

/** Teams as they were elsewhere, with the identifiers they have and, when deleted, the alias they had. */
export async function importTeams(handle: Handle, teams: object[]): Promise<void> {
  await sql`
    with incoming as materialized (
      select * from json_to_recordset(${JSON.stringify(teams)}::json) as team (
        id text, name text, ods_code text, created_on timestamptz, deleted_on timestamptz, keys jsonb, alias text,
        retired_at_ms bigint, body text
      )
    ),
    team as (
      insert into parties.product_teams (id, name, ods_code, status, created_on, updated_on, deleted_on, keys, body)
      select id, name, ods_code, case when deleted_on is null then 'active' else 'inactive' end, created_on, deleted_on,
        deleted_on, keys, body
      from incoming
    ),
    retired as (
      insert into parties.retired_aliases (value, product_team_id, retired_at_ms)
      select alias, id, retired_at_ms from incoming where alias is not null and deleted_on is not null
    )
    insert into parties.identifiers (value, product_team_id, kind)
    select id, id, 'root' from incoming
    union all
    select alias, id, 'alias' from incoming where alias is not null and deleted_on is null
  `.execute(handle);
}

/** Products as they were elsewhere. */
export async function importProducts(handle: Handle, products: object[]): Promise<void> {
  await sql`
    insert into parties.products
      (id, cpm_product_team_id, product_team_id, name, ods_code, status, created_on, updated_on, deleted_on, body)
    select id, cpm_product_team_id, product_team_id, name, ods_code,
      case when deleted_on is null then 'active' else 'inactive' end, created_on, deleted_on, deleted_on, body
    from json_to_recordset(${JSON.stringify(products)}::json) as product (
      id text, cpm_product_team_id text, product_team_id text, name text, ods_code text, created_on timestamptz,
      deleted_on timestamptz, body text
    )
  `.execute(handle);
}
