import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Every table that holds what people made, parents before children, so that a restore can insert in this order. */
export const BACKED_UP = [
  'users',
  'passwords',
  'identities',
  'api_clients',
  'settings',
  'gift_lists',
  'co_owners',
  'gifts',
  'reservations',
  'archived_reservations',
  'contributions',
  'products',
  'not_found_products',
  'contact_messages',
  'mail_outbox',
  'pictures',
  'reminder_refusals',
  'withdrawn_reservations',
] as const;
export type BackedUpTable = (typeof BACKED_UP)[number];

/** The next rows of a table as JSON texts, in the order of their place on disk, which a snapshot keeps still. */
export async function selectRowsAsJson(
  handle: Handle,
  table: BackedUpTable,
  after: string | undefined,
  limit: number,
): Promise<{ place: string; row: string }[]> {
  const { rows } = await sql<{ place: string; row: string }>`
    select t.ctid::text as place, row_to_json(t)::text as row from ${sql.table(`lists.${table}`)} t
    where t.ctid > ${after ?? '(0,0)'}::tid order by t.ctid limit ${limit}
  `.execute(handle);
  return rows;
}

/** Inserts rows of a backup; generated columns are made anew. */
export async function insertJsonRows(handle: Handle, table: BackedUpTable, rows: string[]): Promise<void> {
  const { rows: columns } = await sql<{ name: string }>`
    select column_name as name from information_schema.columns
    where table_schema = 'lists' and table_name = ${table} and is_generated = 'NEVER' order by ordinal_position
  `.execute(handle);
  const names = sql.join(columns.map(({ name }) => sql.ref(name)));
  await sql`
    insert into ${sql.table(`lists.${table}`)} (${names})
    select ${names} from json_populate_recordset(null::${sql.table(`lists.${table}`)}, ${`[${rows.join(',')}]`}::json)
    on conflict do nothing
  `.execute(handle);
}

export async function beginSnapshot(handle: Handle): Promise<void> {
  await sql`set transaction isolation level repeatable read read only`.execute(handle);
}

export async function hasNoUsers(handle: Handle): Promise<boolean> {
  const { rows } = await sql<{ empty: boolean }>`
    select not exists (select 1 from lists.users) as empty
  `.execute(handle);
  return rows[0]?.empty ?? false;
}

/** False while another transaction makes a backup. */
export async function tryBackupLock(handle: Handle): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended('signalbox lists backup', 0)) as taken
  `.execute(handle);
  return rows[0]?.taken ?? false;
}

/** Lets rows in that claim more than is wanted, and guards every write after this transaction again. */
export async function withOverclaimedGifts(handle: Handle, work: () => Promise<void>): Promise<void> {
  await sql`alter table lists.gifts drop constraint gifts_claims_check`.execute(handle);
  await work();
  await sql`
    alter table lists.gifts add constraint gifts_claims_check check (reserved + purchased <= quantity) not valid
  `.execute(handle);
}
