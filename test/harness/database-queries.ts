import { escapeIdentifier } from 'pg';
import { type Database, openDatabase } from '#platform/db';

export function openAdmin(adminUrl: string): Database {
  return openDatabase({ url: adminUrl, maxConnections: 1, applicationName: 'signalbox test harness' });
}

export async function createEmpty(admin: Database, name: string): Promise<void> {
  await admin.pool.query(`create database ${escapeIdentifier(name)} strategy file_copy`);
}

export async function cloneDatabase(admin: Database, name: string, template: string): Promise<void> {
  await admin.pool.query(
    `create database ${escapeIdentifier(name)} template ${escapeIdentifier(template)} strategy file_copy`,
  );
}

export async function renameDatabase(admin: Database, from: string, to: string): Promise<void> {
  await admin.pool.query(`alter database ${escapeIdentifier(from)} rename to ${escapeIdentifier(to)}`);
}

export async function dropDatabase(admin: Database, name: string): Promise<void> {
  await admin.pool.query(`drop database if exists ${escapeIdentifier(name)} with (force)`);
}

export async function databaseExists(admin: Database, name: string): Promise<boolean> {
  const { rowCount } = await admin.pool.query('select 1 from pg_database where datname = $1', [name]);
  return rowCount === 1;
}

/** Held by the connection, so a test process that dies lets go of it. */
export async function lockName(admin: Database, name: string): Promise<void> {
  await admin.pool.query('select pg_advisory_lock(hashtextextended($1, 0))', [name]);
}

export async function dropDatabasesStartingWith(adminUrl: string, prefix: string): Promise<void> {
  await using admin = openAdmin(adminUrl);
  const { rows } = await admin.pool.query<{ datname: string }>(
    'select datname from pg_database where starts_with(datname, $1)',
    [prefix],
  );
  for (const { datname } of rows) await dropDatabase(admin, datname);
}
