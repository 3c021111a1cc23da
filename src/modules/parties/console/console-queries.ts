import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface TeamSummary {
  id: string;
  name: string;
  ods_code: string;
  status: 'active' | 'inactive';
  created_on: Date;
  deleted_on: Date | null;
  alias: string | null;
}

export interface ProductSummary {
  id: string;
  name: string;
  ods_code: string;
  status: 'active' | 'inactive';
  created_on: Date;
  deleted_on: Date | null;
  cpm_product_team_id: string;
}

const TEAM = sql`id, name, ods_code, status, created_on, deleted_on, keys -> 0 ->> 'key_value' as alias`;
const PRODUCT = sql`id, name, ods_code, status, created_on, deleted_on, cpm_product_team_id`;

/** A team by its generated id, deleted ones included. */
export async function selectTeam(handle: Handle, id: string): Promise<TeamSummary | undefined> {
  const result = await sql<TeamSummary>`select ${TEAM} from parties.product_teams where id = ${id}`.execute(
    handle,
  );
  return result.rows[0];
}

export async function selectProduct(handle: Handle, id: string): Promise<ProductSummary | undefined> {
  const result = await sql<ProductSummary>`select ${PRODUCT} from parties.products where id = ${id}`.execute(
    handle,
  );
  return result.rows[0];
}

/** Teams that have or had this identifier, by organisation code, or by how the name begins; by id, from `after` on. */
export async function selectTeams(
  handle: Handle,
  filter: { text: string; after: string; limit: number },
): Promise<TeamSummary[]> {
  const { text, after, limit } = filter;
  const matches =
    text === ''
      ? sql`select id from parties.product_teams where id > ${after} order by id limit ${limit}`
      : sql`
          select product_team_id as id from parties.identifiers where value = ${text}
          union
          select product_team_id from parties.retired_aliases where value = ${text}
          union
          select cpm_product_team_id from parties.products where id = ${text}
          union
          (select id from parties.product_teams where ods_code = ${text} and id > ${after} order by id limit ${limit})
          union
          (select id from parties.product_teams
            where status = 'active' and id > ${after}
              and (lower(name) collate "C") >= lower(${text}) collate "C"
              and (lower(name) collate "C") < (lower(${text}) || chr(1114111)) collate "C"
            order by id limit ${limit})`;
  const result = await sql<TeamSummary>`
    select ${TEAM} from parties.product_teams
    where id in (${matches}) and id > ${after}
    order by id limit ${limit}
  `.execute(handle);
  return result.rows;
}

/** A team's products by id, from `after` on. */
export async function selectActiveProducts(
  handle: Handle,
  page: { teamId: string; after: string; limit: number },
): Promise<ProductSummary[]> {
  const result = await sql<ProductSummary>`
    select ${PRODUCT} from parties.products
    where cpm_product_team_id = ${page.teamId} and status = 'active' and id > ${page.after}
    order by id limit ${page.limit}
  `.execute(handle);
  return result.rows;
}
