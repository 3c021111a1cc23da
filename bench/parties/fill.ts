import { sql } from 'kysely';
import type { Database } from '#platform/db';

export const BENCH_KEY = 'bench-key-0123456789';

/** How many addresses of each kind a look-up chooses from. */
const SAMPLE = 20_000;

/** Teams and products straight into the tables, with bodies as the module writes them; gives back addresses to read. */
export async function fillParties(
  db: Database,
  options: { products: number; productsPerTeam: number },
): Promise<Record<'productById' | 'teamById' | 'teamByAlias', string[]>> {
  const teams = Math.ceil(options.products / options.productsPerTeam);
  await db.kysely.transaction().execute(async (trx) => {
    // Rows that are consistent by construction need no check of each reference.
    await sql`set local session_replication_role = replica`.execute(trx);
    await sql`
    insert into parties.product_teams (id, name, ods_code, created_on, keys, body)
    select ${teamId}, 'Team ' || n, 'F5H1R', now(),
      jsonb_build_array(jsonb_build_object('key_type', 'product_team_id', 'key_value', ${alias})), ${teamBody}
    from generate_series(1, ${teams}::int) as n
  `.execute(trx);
    await sql`
    insert into parties.identifiers (value, product_team_id, kind)
    select ${teamId}, ${teamId}, 'root' from generate_series(1, ${teams}::int) as n
    union all
    select ${alias}, ${teamId}, 'alias' from generate_series(1, ${teams}::int) as n
  `.execute(trx);
    await sql`
    insert into parties.products (id, cpm_product_team_id, product_team_id, name, ods_code, created_on, body)
    select ${productId}, ${ownerId(teams)}, null, 'Product ' || n, 'F5H1R', now(),
      '{"id": "' || ${productId} || '", "cpm_product_team_id": "' || ${ownerId(teams)} ||
      '", "product_team_id": "6f1c2d3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f", "name": "Product ' || n ||
      '", "ods_code": "F5H1R", "status": "active", "created_on": "2026-11-20T18:01:12.663342+00:00", ' ||
      '"updated_on": null, "deleted_on": null, "keys": []}'
    from generate_series(1, ${options.products}::int) as n
  `.execute(trx);
  });
  await sql`vacuum analyze parties.product_teams, parties.products, parties.identifiers`.execute(db.kysely);
  return {
    productById: await sample(db, sql`parties.products`, '/Product/'),
    teamById: await sample(db, sql`parties.product_teams`, '/ProductTeam/'),
    teamByAlias: await sample(
      db,
      sql`(select value as id from parties.identifiers where kind = 'alias') as aliases`,
      '/ProductTeam/',
    ),
  };
}

// Made from the number, so that no two are equal and the order of keys is not the order of writing.
const hash = sql`md5(n::text)`;
const teamId = uuidOf(hash);
const aliasHash = sql`md5('alias' || n)`;
const alias = uuidOf(aliasHash);
const teamBody = sql`'{"id": "' || ${teamId} || '", "name": "Team ' || n || '", "ods_code": "F5H1R", "status": "active", "created_on": "2026-11-20T18:01:12.663342+00:00", "updated_on": null, "deleted_on": null, "keys": [{"key_type": "product_team_id", "key_value": "' || ${alias} || '"}]}'`;

/** Spreads over the whole space: 7,368,787 has no factor in common with 25 to the sixth. */
const ALPHABET = 'ACDEFGHJKLMNPRTUVWXY34679';
const number = sql`((n::bigint * 7368787) % 244140625)`;
const letter = (place: number) =>
  sql`substr(${sql.lit(ALPHABET)}, (${number} / ${sql.lit(25 ** place)} % 25)::int + 1, 1)`;
const productId = sql`('P.' || ${letter(0)} || ${letter(1)} || ${letter(2)} || '-' || ${letter(3)} || ${letter(4)} || ${letter(5)})`;

function ownerId(teams: number) {
  return uuidOf(sql`md5((1 + n % ${sql.lit(teams)})::text)`);
}

function uuidOf(text: ReturnType<typeof sql>) {
  return sql`(substr(${text}, 1, 8) || '-' || substr(${text}, 9, 4) || '-4' || substr(${text}, 14, 3) || '-8' || substr(${text}, 18, 3) || '-' || substr(${text}, 21, 12))`;
}

async function sample(db: Database, from: ReturnType<typeof sql>, prefix: string): Promise<string[]> {
  const result = await sql<{ id: string }>`
    select id from ${from} order by random() limit ${SAMPLE}
  `.execute(db.kysely);
  return result.rows.map((row) => prefix + row.id);
}
