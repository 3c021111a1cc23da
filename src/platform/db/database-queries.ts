import { escapeIdentifier } from 'pg';
import type { Database } from './database.ts';

export async function databaseExists(db: Database, name: string): Promise<boolean> {
  const { rowCount } = await db.pool.query('select 1 from pg_database where datname = $1', [name]);
  return rowCount === 1;
}

export async function createDatabase(db: Database, name: string): Promise<void> {
  await db.pool.query(`create database ${escapeIdentifier(name)}`);
}
