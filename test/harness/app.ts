import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPlatformConfig } from '#platform/config';
import type { HttpServer } from '#platform/http';
import { type Clock, createLogger, type Logger } from '#platform/telemetry';
import { type App, createApp } from '../../src/app.ts';

export { type App, createApp, tasksOf } from '../../src/app.ts';

import { createConsoleServer, createModuleServer } from '../../src/listeners.ts';
import { createTestDatabase, ensureTemplate, type TestDatabase } from './test-database.ts';

/** The whole application on databases of its own, driven through its doors without opening a port. */
export interface TestApp {
  app: App;
  database: TestDatabase;
  console: HttpServer;
  /** The listener of one module. */
  module(name: string): HttpServer;
  /** Runs every job there is, retries included, until nothing is left. */
  drain(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * `environment` holds settings as the process would get them; `now` fixes the clock, which `clock` may turn instead;
 * `onLines` gets what modules print; `databaseUrl` is the database of another test application, whose second process
 * this one is. The database is a copy of one that is migrated once in a run of tests for each choice of modules;
 * `siblings` are databases beside it, each a copy of the template that is named.
 */
export async function createTestApp(
  options: {
    environment?: Record<string, string>;
    now?: Date;
    clock?: Clock;
    onLines?: (lines: string) => void;
    log?: Logger;
    databaseUrl?: string;
    siblings?: Record<string, string>;
  } = {},
): Promise<TestApp> {
  const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-app-'));
  const database = await createDatabaseFor(options);
  const environment = {
    SIGNALBOX_DATA_DIR: dataDir,
    DIRECTORY_EMBEDDED_PHARMACIES: '30',
    NHS_UK_API_KEY: TEST_API_KEY,
    ...options.environment,
  };
  const { now } = options;
  const clock = options.clock ?? (now && { now: () => now });
  const app = await createApp({
    config: readPlatformConfig(environment, dataDir),
    databaseUrl: options.databaseUrl ?? database.url,
    environment,
    log: options.log ?? createLogger({ level: 'silent', name: 'test' }),
    output: { write: (lines) => options.onLines?.(lines) },
    role: 'test',
    ...(clock && { clock }),
  });
  const modules = new Map<string, HttpServer>();
  for (const running of app.modules)
    modules.set(running.definition.name, await createModuleServer(app, running));
  const console = await createConsoleServer(app, { expectedRoles: [] });
  return {
    app,
    database,
    console,
    module: (name) => {
      const server = modules.get(name);
      if (!server) throw new Error(`The application runs no module called ${name}`);
      return server;
    },
    drain: async () => {
      for (const store of app.stores) await store.jobs.drain();
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of [...modules.values(), console]) await server.close();
      await app[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A module with a database of its own leaves other tables in the main one, so those tests begin with nothing. */
async function createDatabaseFor(options: {
  environment?: Record<string, string>;
  databaseUrl?: string;
  siblings?: Record<string, string>;
}): Promise<TestDatabase> {
  const { environment = {}, databaseUrl, siblings = {} } = options;
  const hasOwnDatabase = Object.keys(environment).some((name) => name.endsWith('DATABASE_URL'));
  if (databaseUrl !== undefined || hasOwnDatabase) return createTestDatabase({ siblings });
  const { SIGNALBOX_MODULES: modules } = environment;
  // PostgreSQL's names end after 63 characters.
  const chosen = modules?.split(',').map((name) => name.slice(0, 4)) ?? ['all'];
  const template = ['app', ...chosen].join('_');
  await ensureTemplate(template, async (databaseUrl) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-app-'));
    const settings = {
      SIGNALBOX_DATA_DIR: dataDir,
      ...(modules === undefined ? {} : { SIGNALBOX_MODULES: modules }),
    };
    const app = await createApp({
      config: readPlatformConfig(settings, dataDir),
      databaseUrl,
      environment: settings,
      log: createLogger({ level: 'silent', name: 'test' }),
      output: { write: () => undefined },
      role: 'test',
      isSchemaOnly: true,
    });
    await app[Symbol.asyncDispose]();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return createTestDatabase({ template, siblings });
}

export const TEST_API_KEY = 'Test0Key1'.repeat(8);
