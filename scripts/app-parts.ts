import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Settings } from '#platform/config';
import type { MigrationSet } from '#platform/db';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** What the generators need of a module's definition. */
export interface ModuleFacts {
  name: string;
  title: string;
  settings: Settings;
  migrations: URL;
}

export interface AppParts {
  modules: ModuleFacts[];
  platformMigrationSets: MigrationSet[];
  /** The setting that gives a module a database of its own. */
  databaseSettingOf(module: ModuleFacts): Settings;
}

/** The lists in src/app.ts: the only place that knows every module. */
export async function loadAppParts(): Promise<AppParts> {
  const app = await import(pathToFileURL(join(root, 'src', 'app.ts')).href);
  for (const name of ['moduleDefinitions', 'platformMigrationSets', 'databaseSettingOf']) {
    if (app[name] === undefined) throw new Error(`src/app.ts must export ${name}.`);
  }
  return {
    modules: app.moduleDefinitions,
    platformMigrationSets: app.platformMigrationSets,
    databaseSettingOf: app.databaseSettingOf,
  };
}
