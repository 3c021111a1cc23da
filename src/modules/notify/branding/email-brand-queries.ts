import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export const BRAND_TYPES = ['org', 'both', 'org_banner'] as const;

export interface EmailBrandRow {
  id: string;
  name: string;
  colour: string | null;
  logo: string | null;
  text: string | null;
  alt_text: string | null;
  brand_type: string;
  active: boolean;
  created_by_id: string | null;
  created_at: Date;
  updated_at: Date | null;
}

const COLUMNS = sql.raw(
  'b.id, b.name, b.colour, b.logo, b.text, b.alt_text, b.brand_type, b.active, b.created_by_id, b.created_at, b.updated_at',
);

export async function findEmailBrand(
  handle: Handle,
  id: string,
  lock = false,
): Promise<EmailBrandRow | undefined> {
  const { rows } = await sql<EmailBrandRow>`
    select ${COLUMNS} from notify.email_brands b where b.id = ${id} ${lock ? sql`for update` : sql``}`.execute(
    handle,
  );
  return rows[0];
}

/** Those that are not archived, by name; with an organisation those of its pool. */
export async function listEmailBrands(handle: Handle, organisationId?: string): Promise<EmailBrandRow[]> {
  const pool =
    organisationId === undefined
      ? sql``
      : sql`join notify.email_brand_pools p on p.email_brand_id = b.id and p.organisation_id = ${organisationId}`;
  const { rows } = await sql<EmailBrandRow>`
    select ${COLUMNS} from notify.email_brands b ${pool} where b.active order by b.name, b.id`.execute(
    handle,
  );
  return rows;
}

export type EmailBrandFields = Partial<
  Pick<EmailBrandRow, 'name' | 'colour' | 'logo' | 'text' | 'alt_text' | 'brand_type' | 'active'>
>;

export async function insertEmailBrand(
  handle: Handle,
  brand: EmailBrandFields & { id: string; created_by_id: string | null },
  now: Date,
): Promise<void> {
  const columns = sql.join(Object.keys(brand).map((name) => sql.id(name)));
  await sql`
    insert into notify.email_brands (${columns}, created_at)
    select ${columns}, ${now}::timestamptz
    from json_populate_record(null::notify.email_brands, ${JSON.stringify(brand)}::json)`.execute(handle);
}

/** Sets the columns that `changes` names. */
export async function updateEmailBrand(
  handle: Handle,
  id: string,
  changes: EmailBrandFields & { updated_by_id?: string | null },
  now: Date,
): Promise<void> {
  const sets = Object.keys(changes).map((name) => sql`${sql.id(name)} = c.${sql.id(name)}`);
  await sql`
    update notify.email_brands b
    set ${sets.length === 0 ? sql`` : sql`${sql.join(sets)},`} updated_at = ${now}
    from json_populate_record(null::notify.email_brands, ${JSON.stringify(changes)}::json) c
    where b.id = ${id}`.execute(handle);
}

/** Names that begin with a text, so that a free one can be found. */
export async function listEmailBrandNames(handle: Handle, start: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from notify.email_brands where starts_with(name, ${start})`.execute(handle);
  return rows.map(({ name }) => name);
}
