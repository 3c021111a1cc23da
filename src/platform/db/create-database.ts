import { openDatabase } from './database.ts';
import { createDatabase, databaseExists } from './database-queries.ts';
import { sqlState } from './postgres-errors.ts';

const DUPLICATE_DATABASE = '42P04';
const UNIQUE_VIOLATION = '23505';

/** Makes sure a database of this name exists on the server behind `adminUrl`; racing callers all succeed. */
export async function createDatabaseIfMissing(adminUrl: string, name: string): Promise<void> {
  await using db = openDatabase({
    url: adminUrl,
    maxConnections: 1,
    applicationName: 'signalbox create-database',
  });
  if (await databaseExists(db, name)) return;
  try {
    await createDatabase(db, name);
  } catch (error) {
    // Another process created it since: PostgreSQL reports that race either way.
    const state = sqlState(error);
    if (state !== DUPLICATE_DATABASE && state !== UNIQUE_VIOLATION) throw error;
  }
}
