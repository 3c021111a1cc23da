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
 * this one is; `template` names a copy of the migrated database, queues and all, that is made once for a run of tests;
 * `siblings` are databases beside it, each a copy of a template.
 */
export async function createTestApp(
  options: {
    environment?: Record<string, string>;
    now?: Date;
    clock?: Clock;
    onLines?: (lines: string) => void;
    log?: Logger;
    databaseUrl?: string;
    template?: string;
    siblings?: Record<string, string>;
  } = {},
): Promise<TestApp> {
  const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-app-'));
  const { template, siblings = {} } = options;
  if (template !== undefined) await ensureTemplate(template, (url) => prepareTemplate(url, options));
  const database = await createTestDatabase({ siblings, ...(template !== undefined && { template }) });
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

/** What the first start of an application leaves in its database. */
export async function prepareTemplate(
  databaseUrl: string,
  options: { environment?: Record<string, string> },
): Promise<void> {
  const { environment = {} } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-app-'));
  const app = await createApp({
    config: readPlatformConfig({ SIGNALBOX_DATA_DIR: dataDir, ...environment }, dataDir),
    databaseUrl,
    environment,
    log: createLogger({ level: 'silent', name: 'test' }),
    output: { write: () => undefined },
    role: 'test',
  });
  await app[Symbol.asyncDispose]();
  rmSync(dataDir, { recursive: true, force: true });
}

export const TEST_API_KEY = 'Test0Key1'.repeat(8);
