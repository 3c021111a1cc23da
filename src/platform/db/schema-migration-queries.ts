import { type Kysely, sql, type Transaction } from 'kysely';

export interface SchemaMigrationRow {
  set_name: string;
  version: number;
  name: string;
  checksum: string;
  applied_at: Date;
  /** The newest migration that a program must know to work on the result; null where a program recorded it that did not say. */
  oldest_program: number | null;
}

export interface SchemaMigrationTables {
  'platform.schema_migrations': SchemaMigrationRow;
}

type MigrationHandle = Kysely<SchemaMigrationTables> | Transaction<SchemaMigrationTables>;

export async function createMigrationTable(handle: MigrationHandle): Promise<void> {
  await sql`create schema if not exists platform`.execute(handle);
  await sql`
    create table if not exists platform.schema_migrations (
      set_name text not null,
      version integer not null,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now(),
      oldest_program integer,
      constraint schema_migrations_pkey primary key (set_name, version)
    )`.execute(handle);
  // Of a database that an earlier program made.
  await sql`alter table platform.schema_migrations add column if not exists oldest_program integer`.execute(
    handle,
  );
}

export async function migrationTableExists(handle: MigrationHandle): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select to_regclass('platform.schema_migrations') is not null as found`.execute(handle);
  return rows[0]?.found === true;
}

/** Whether the table is there with all its columns. */
export async function isMigrationTableCurrent(handle: MigrationHandle): Promise<boolean> {
  const { rows } = await sql<{ current: boolean }>`
    select exists (
      select from pg_attribute
      where attrelid = to_regclass('platform.schema_migrations') and attname = 'oldest_program'
    ) as current`.execute(handle);
  return rows[0]?.current === true;
}

export function findAppliedMigrations(handle: MigrationHandle, setName: string) {
  return handle
    .selectFrom('platform.schema_migrations')
    .select(['version', 'name', 'checksum', 'applied_at', 'oldest_program'])
    .where('set_name', '=', setName)
    .orderBy('version')
    .execute();
}

/**
 * Claims a version inside the transaction that applies it. A second runner waits here for the first one's commit and
 * then finds the version taken, or takes it after a rollback.
 */
export async function claimMigration(
  handle: MigrationHandle,
  migration: Omit<SchemaMigrationRow, 'applied_at'>,
): Promise<boolean> {
  const result = await sql`
    insert into platform.schema_migrations (set_name, version, name, checksum, oldest_program)
    values (${migration.set_name}, ${migration.version}, ${migration.name}, ${migration.checksum},
      ${migration.oldest_program})
    on conflict do nothing`.execute(handle);
  return result.numAffectedRows === 1n;
}

export async function runMigrationFile(handle: MigrationHandle, text: string): Promise<void> {
  await sql.raw(text).execute(handle);
}
