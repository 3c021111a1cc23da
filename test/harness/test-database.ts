import { randomBytes } from 'node:crypto';
import { type Database, openDatabase } from '#platform/db';
import {
  cloneDatabase,
  createEmpty,
  databaseExists,
  dropDatabase,
  lockName,
  openAdmin,
  renameDatabase,
} from './database-queries.ts';
import { runPrefix, startTestServer } from './server.ts';

/** A database of its own for one test file, dropped when disposed. */
export interface TestDatabase {
  url: string;
  db: Database;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Creates a database, as a copy of the template that `ensureTemplate` built under this name when one is given. `siblings`
 * are further ones beside it, by the name that a module asks the platform for, each a copy of a template.
 */
export async function createTestDatabase(
  options: { template?: string; siblings?: Record<string, string> } = {},
): Promise<TestDatabase> {
  const adminUrl = await findAdminUrl();
  const name = `${runPrefix()}${randomBytes(6).toString('hex')}`;
  const siblings = Object.entries(options.siblings ?? {}).map(
    ([sibling, template]) => [`${name}_${sibling}`, template] as const,
  );
  {
    await using admin = openAdmin(adminUrl);
    if (options.template === undefined) await createEmpty(admin, name);
    else await cloneDatabase(admin, name, templateName(options.template));
    for (const [sibling, template] of siblings) await cloneDatabase(admin, sibling, templateName(template));
  }
  const url = urlOf(adminUrl, name);
  const db = openDatabase({ url, maxConnections: 10, applicationName: 'signalbox test' });
  return {
    url,
    db,
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]();
      await using admin = openAdmin(adminUrl);
      for (const [sibling] of siblings) await dropDatabase(admin, sibling);
      await dropDatabase(admin, name);
    },
  };
}

/**
 * Builds a template once per run, whichever test process asks first. `prepare` must close its connections: PostgreSQL
 * copies only a database that nobody uses.
 */
export async function ensureTemplate(name: string, prepare: (url: string) => Promise<void>): Promise<void> {
  const adminUrl = await findAdminUrl();
  const finished = templateName(name);
  await using admin = openAdmin(adminUrl);
  await lockName(admin, finished);
  if (await databaseExists(admin, finished)) return;
  const draft = `${finished}_draft`;
  await dropDatabase(admin, draft);
  await createEmpty(admin, draft);
  await prepare(urlOf(adminUrl, draft));
  // Renamed only now, so that a template is found complete or not at all.
  await renameDatabase(admin, draft, finished);
}

let ownServer: Promise<string> | undefined;

// The runner starts one server for all files; a file that is run alone has one of its own until its process ends.
function findAdminUrl(): Promise<string> {
  const shared = process.env.SIGNALBOX_TEST_SERVER;
  if (shared) return Promise.resolve(shared);
  ownServer ??= startTestServer().then((server) => {
    server.unref();
    return server.adminUrl;
  });
  return ownServer;
}

function templateName(name: string): string {
  return `${runPrefix()}template_${name}`;
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}
