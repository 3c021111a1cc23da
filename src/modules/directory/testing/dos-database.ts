import { type Database, openDatabase } from '#platform/db';
import { createTestDatabase, ensureTemplate } from '../../../../test/harness/index.ts';
import { prepareDosDatabase } from '../dos/prepare-dos-database.ts';

/** How many pharmacies every test database starts with. */
export const SEEDED_PHARMACIES = 300;

export interface DosTestDatabase {
  db: Database;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A seeded DoS database of its own, with the session of the product. */
export async function createDosDatabase(): Promise<DosTestDatabase> {
  await ensureTemplate('dos', async (url) => {
    await using db = openDatabase({ url, maxConnections: 1, applicationName: 'prepare DoS' });
    await prepareDosDatabase(db, { pharmacies: SEEDED_PHARMACIES });
  });
  const test = await createTestDatabase({ template: 'dos' });
  const db = openDatabase({
    url: test.url,
    maxConnections: 4,
    applicationName: 'directory test',
    session: { search_path: 'dbo,pathwaysdos' },
  });
  return {
    db,
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]();
      await test[Symbol.asyncDispose]();
    },
  };
}
