import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface PartyFilter {
  /** How the name begins, in whatever case. */
  name?: string | undefined;
  odsCode?: string | undefined;
  /** Generated id or alias; of products alone. */
  team?: string | undefined;
  after?: { name: string; id: string } | undefined;
}

export interface FoundParty {
  id: string;
  sort_name: string;
  body: string;
}

// Name and id are the key of the page; with an organisation or a team, theirs is the index that narrows and what is left
// is sorted, else the index by name gives the page in order.
const SORT_NAME = sql`(lower(name) collate "C")`;

/** Active teams, by name. */
export async function findTeams(handle: Handle, filter: PartyFilter, limit: number): Promise<FoundParty[]> {
  const result = await sql<FoundParty>`
    select id, ${SORT_NAME} as sort_name, body from parties.product_teams
    where status = 'active' and ${sql.join(conditions(filter), sql` and `)}
    order by ${SORT_NAME}, id limit ${limit}
  `.execute(handle);
  return result.rows;
}

/** Active products, by name. */
export async function findProducts(
  handle: Handle,
  filter: PartyFilter,
  limit: number,
): Promise<FoundParty[]> {
  const ofTeam =
    filter.team === undefined
      ? sql`true`
      : sql`cpm_product_team_id = (select product_team_id from parties.identifiers where value = ${filter.team})`;
  const result = await sql<FoundParty>`
    select id, ${SORT_NAME} as sort_name, body from parties.products
    where status = 'active' and ${ofTeam} and ${sql.join(conditions(filter), sql` and `)}
    order by ${SORT_NAME}, id limit ${limit}
  `.execute(handle);
  return result.rows;
}

function conditions({ name, odsCode, after }: PartyFilter): RawBuilder<unknown>[] {
  const filters: RawBuilder<unknown>[] = [sql`true`];
  if (odsCode !== undefined) filters.push(sql`ods_code = ${odsCode}`);
  if (name !== undefined && name !== '') {
    // A range, because `like` with a parameter uses no index; U+10FFFF is beyond every character of a name.
    filters.push(
      sql`${SORT_NAME} >= lower(${name}) collate "C" and ${SORT_NAME} < (lower(${name}) || chr(1114111)) collate "C"`,
    );
  }
  if (after !== undefined) filters.push(sql`(${SORT_NAME}, id) > (${after.name} collate "C", ${after.id})`);
  return filters;
}
