// Who uses a brand, and what organisations let their services choose from: internals sections 3.4.13 and 3.4.17.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export type BrandKind = 'email' | 'letter';

const NAMES = {
  email: { pool: 'email_brand_pools', brand: 'email_brand_id', column: 'email_branding_id' },
  letter: { pool: 'letter_brand_pools', brand: 'letter_brand_id', column: 'letter_branding_id' },
} as const;

export interface BrandUse {
  organisations: { id: string; name: string }[];
  services: { id: string; name: string }[];
}

/** Organisations whose default the brand is, and services that have it. */
export async function findBrandUse(handle: Handle, kind: BrandKind, id: string): Promise<BrandUse> {
  const column = sql.id(NAMES[kind].column);
  const users = (table: string) =>
    sql<{ id: string; name: string }>`
      select id, name from notify.${sql.id(table)} where ${column} = ${id} order by name, id`.execute(handle);
  return {
    organisations: (await users('organisations')).rows,
    services: (await users('services')).rows,
  };
}

/** Brands that are not there, or are archived, are left out; returns how many ids were of brands that are. */
export async function addToPool(
  handle: Handle,
  kind: BrandKind,
  organisationId: string,
  ids: readonly string[],
): Promise<number> {
  const { pool, brand } = NAMES[kind];
  const isActive = kind === 'email' ? sql`and active` : sql``;
  const { rows } = await sql<{ found: number }>`
    with wanted as (
      select id from notify.${sql.id(`${kind}_brands`)} where id = any(${[...ids]}::uuid[]) ${isActive}
    ), added as (
      insert into notify.${sql.id(pool)} (organisation_id, ${sql.id(brand)})
      select ${organisationId}::uuid, id from wanted on conflict do nothing
    )
    select count(*)::int as found from wanted`.execute(handle);
  return rows[0]?.found ?? 0;
}

/** Returns whether it was in the pool. */
export async function removeFromPool(
  handle: Handle,
  kind: BrandKind,
  organisationId: string,
  id: string,
): Promise<boolean> {
  const { pool, brand } = NAMES[kind];
  const { numAffectedRows } = await sql`
    delete from notify.${sql.id(pool)} where organisation_id = ${organisationId} and ${sql.id(brand)} = ${id}`.execute(
    handle,
  );
  return numAffectedRows === 1n;
}

/** A brand that is archived leaves every pool. */
export async function removeFromPools(handle: Handle, kind: BrandKind, id: string): Promise<void> {
  const { pool, brand } = NAMES[kind];
  await sql`delete from notify.${sql.id(pool)} where ${sql.id(brand)} = ${id}`.execute(handle);
}

/** An organisation's default becomes that of its services that have none of their own. */
export async function giveDefaultBrand(
  handle: Handle,
  kind: BrandKind,
  organisationId: string,
  id: string,
): Promise<void> {
  const column = sql.id(NAMES[kind].column);
  await sql`
    update notify.services set ${column} = ${id} where organisation_id = ${organisationId} and ${column} is null`.execute(
    handle,
  );
}
