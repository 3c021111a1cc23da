import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface LetterBrandRow {
  id: string;
  name: string;
  filename: string;
  created_by_id: string | null;
  created_at: Date;
  updated_at: Date | null;
}

const COLUMNS = sql.raw('b.id, b.name, b.filename, b.created_by_id, b.created_at, b.updated_at');

export async function findLetterBrand(handle: Handle, id: string): Promise<LetterBrandRow | undefined> {
  const { rows } = await sql<LetterBrandRow>`
    select ${COLUMNS} from notify.letter_brands b where b.id = ${id}`.execute(handle);
  return rows[0];
}

/** By name; with an organisation those of its pool. */
export async function listLetterBrands(handle: Handle, organisationId?: string): Promise<LetterBrandRow[]> {
  const pool =
    organisationId === undefined
      ? sql``
      : sql`join notify.letter_brand_pools p on p.letter_brand_id = b.id and p.organisation_id = ${organisationId}`;
  const { rows } = await sql<LetterBrandRow>`
    select ${COLUMNS} from notify.letter_brands b ${pool} order by b.name, b.id`.execute(handle);
  return rows;
}

export async function insertLetterBrand(
  handle: Handle,
  brand: { id: string; name: string; filename: string; createdById: string | null },
  now: Date,
): Promise<void> {
  await sql`
    insert into notify.letter_brands (id, name, filename, created_by_id, created_at)
    values (${brand.id}, ${brand.name}, ${brand.filename}, ${brand.createdById}, ${now})`.execute(handle);
}

export async function updateLetterBrand(
  handle: Handle,
  brand: { id: string; name: string; filename: string; updatedById: string | null },
  now: Date,
): Promise<void> {
  await sql`
    update notify.letter_brands
    set name = ${brand.name}, filename = ${brand.filename}, updated_by_id = ${brand.updatedById}, updated_at = ${now}
    where id = ${brand.id}`.execute(handle);
}

/** Names that begin with a text, so that a free one can be found. */
export async function listLetterBrandNames(handle: Handle, start: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from notify.letter_brands where starts_with(name, ${start})`.execute(handle);
  return rows.map(({ name }) => name);
}
