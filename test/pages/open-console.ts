import assert from 'node:assert/strict';
import type { FastifyInstance } from 'fastify';
import {
  type AuthContext,
  authMigrations,
  changePassword,
  createOperator,
  findSession,
  type Role,
  recordAudit,
  signInByLink,
} from '#platform/auth';
import { type ConsoleModule, type ConsoleStore, createConsole } from '#platform/console';
import { type Database, migrate, openDatabase } from '#platform/db';
import { createEventRegister, eventMigrations } from '#platform/events';
import { createHttpServer } from '#platform/http';
import { createJobs, jobsMigrations, type TaskDefinition } from '#platform/jobs';
import { createLogger, createMetrics, createTracer, systemClock } from '#platform/telemetry';
import { createTestDatabase, ensureTemplate } from '../harness/index.ts';
import { createBrowser, type TestBrowser } from './test-browser.ts';

export const PASSWORD = 'correct horse battery';

/** A console over a database of its own, and browsers that are signed in to it. */
export interface TestConsole {
  app: FastifyInstance;
  store: ConsoleStore;
  auth: AuthContext;
  newBrowser(): TestBrowser;
  /** A browser signed in with this role. */
  browserOf(role: Role): Promise<TestBrowser>;
  close(): Promise<void>;
}

const log = createLogger({ level: 'silent', name: 'test' });

export async function openConsole(
  modules: Omit<ConsoleModule, 'store'>[] = [],
  tasks: TaskDefinition[] = [],
): Promise<TestConsole> {
  await ensureTemplate('console', async (url) => {
    await using db = openDatabase({ url, maxConnections: 1, applicationName: 'signalbox test' });
    await migrate(db, [authMigrations, eventMigrations, jobsMigrations]);
  });
  const database = await createTestDatabase({ template: 'console' });
  const { db } = database;
  const store = await openStore(db);
  await store.jobs.prepare(tasks);
  const app = createHttpServer({
    name: 'console',
    log,
    metrics: createMetrics(),
    tracer: createTracer({ endpoint: undefined, serviceName: 'test', log }),
  });
  await app.register(
    createConsole({
      stores: [store],
      modules: modules.map((module) => ({ ...module, store: store.name })),
      config: { sessionHours: 12 },
      clock: systemClock,
      log,
    }),
  );
  const auth: AuthContext = { db, clock: systemClock, sessionHours: 12 };
  return {
    app,
    store,
    auth,
    newBrowser: () => createBrowser(app),
    browserOf: (role) => signInAs(app, auth, role),
    close: async () => {
      await app.close();
      await store.jobs.stop();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function openStore(db: Database): Promise<ConsoleStore> {
  const events = createEventRegister({ db, clock: systemClock, retentionDays: 400 });
  await events.keepPartitions();
  const jobs = createJobs({ db, log, metrics: createMetrics(), audit: recordAudit });
  return { name: 'main', db, jobs, events };
}

let operators = 0;

/** A browser that is signed in to the console `app` with this role. */
export async function signInAs(app: FastifyInstance, auth: AuthContext, role: Role): Promise<TestBrowser> {
  operators += 1;
  const email = `${role}-${operators}@example.org`;
  const actor = { kind: 'cli', id: 'root', name: 'root' } as const;
  const created = await createOperator(auth.db, { email, role, actor });
  const token = created?.path.split('/').at(-1) ?? '';
  const started = await signInByLink(auth, { token, address: '192.0.2.1' });
  const session = await findSession(auth, started?.token ?? '');
  assert.ok(session);
  const change = { session, currentPassword: undefined, newPassword: PASSWORD, address: '192.0.2.1' };
  const changed = await changePassword(auth, change);
  assert.ok(changed.outcome === 'changed');
  const browser = createBrowser(app);
  browser.cookies.set('signalbox_session', changed.session.token);
  return browser;
}
