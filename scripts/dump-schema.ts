// Writes docs/schema/<schema>.sql from a freshly migrated database, so that reviewers read what a schema migration
// makes of the tables and not only the statements it is made of.
import { dumpSchema, migrate } from '#platform/db';
import { createTestDatabase, startTestServer } from '../test/harness/index.ts';
import { loadAppParts } from './app-parts.ts';
import { type GeneratedFile, writeOrCheck } from './generated-files.ts';

async function dumpSchemas(): Promise<GeneratedFile[]> {
  const { modules, platformMigrationSets } = await loadAppParts();
  await using _server = await startTestServer();
  await using database = await createTestDatabase();
  await migrate(database.db, [
    ...platformMigrationSets,
    ...modules.map(({ name, migrations }) => ({ name, directory: migrations })),
  ]);
  const files: GeneratedFile[] = [];
  for (const schema of ['platform', ...modules.map(({ name }) => name)]) {
    files.push({ path: `docs/schema/${schema}.sql`, text: await dumpSchema(database.db, schema) });
  }
  return files;
}

await writeOrCheck(dumpSchemas, 'npm run schema');
