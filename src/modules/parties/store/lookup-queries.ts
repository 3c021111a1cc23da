import type { Pool } from 'pg';

// The hot path. Named statements are planned once for each connection, and one answers many look-ups at a time. `pg`
// itself and not the query builder, because building a statement would cost as much as everything else here.

interface FoundRow {
  key: string;
  body: string;
}

/** Bodies of the active teams behind these identifiers, by identifier. */
export async function selectTeamBodies(pool: Pool, identifiers: string[]): Promise<Map<string, string>> {
  const result = await pool.query<FoundRow>({
    name: 'parties-team-bodies',
    text: `
      select identifier.value as key, team.body
      from parties.identifiers as identifier
      join parties.product_teams as team on team.id = identifier.product_team_id
      where identifier.value = any($1::text[]) and team.status = 'active'`,
    values: [identifiers],
  });
  return byKey(result.rows);
}

/** Bodies of these products, those that are active, by id. */
export async function selectProductBodies(pool: Pool, ids: string[]): Promise<Map<string, string>> {
  const result = await pool.query<FoundRow>({
    name: 'parties-product-bodies',
    text: `select id as key, body from parties.products where id = any($1::text[]) and status = 'active'`,
    values: [ids],
  });
  return byKey(result.rows);
}

/** A read of a key that cannot exist, as the original's status check makes. */
export async function selectNothing(pool: Pool): Promise<void> {
  await pool.query({
    name: 'parties-status',
    text: `select value from parties.identifiers where value = ''`,
  });
}

function byKey(rows: FoundRow[]): Map<string, string> {
  return new Map(rows.map((row) => [row.key, row.body]));
}
