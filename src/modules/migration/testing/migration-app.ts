import { createTestApp, type TestApp } from '../../../../test/harness/app.ts';
import { type FakeHmpps, startFakeHmpps } from './fake-hmpps.ts';

export interface MigrationApp {
  app: TestApp;
  fake: FakeHmpps;
  /** A request with every role there is; the body is parsed JSON. */
  call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: object,
    // biome-ignore lint/suspicious/noExplicitAny: tests compare whole bodies and pick from them
  ): Promise<{ status: number; body: any }>;
  /** Both back to how they began, so that the tests of a file can share one application. */
  reset(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const ALL_ROLES = [
  'ROLE_MIGRATE_VISITS',
  'ROLE_PRISONER_FROM_NOMIS__MIGRATION__RW',
  'ROLE_PRISONER_FROM_NOMIS__UPDATE__RW',
  'ROLE_NOMIS_MAPPING_API__SYNCHRONISATION__RW',
  'ROLE_NOMIS_DPS_MAPPING__VISITS__RW',
  'ROLE_QUEUE_ADMIN',
];

const EMPTY_ALL = `
  truncate migration.runs, migration.run_tallies, migration.run_pages, migration.ledger, migration.mappings,
    migration.room_mappings, migration.queue_purges, migration.cutovers, migration.reconciliations,
    migration.differences, platform.events, platform.job_failures;
  delete from pgboss.job where name like 'migration.%'`;

/** 09:12:33 in London. */
export const NOW = new Date('2031-05-04T08:12:33Z');

/** The module against the fake systems, on a database of its own. */
export async function openMigration(
  environment: Record<string, string> = {},
  mappings: 'own' | 'mapping' = 'own',
  clock: 'fixed' | 'real' = 'fixed',
): Promise<MigrationApp> {
  await using stack = new AsyncDisposableStack();
  const fake = stack.use(await startFakeHmpps());
  const app = stack.use(
    await createTestApp({
      environment: {
        ...fake.environment,
        ...environment,
        ...(mappings === 'mapping' ? { API_BASE_URL_MAPPING: `${fake.url}/mapping` } : {}),
      },
      ...(clock === 'fixed' ? { now: NOW } : {}),
    }),
  );
  const all = stack.move();
  return {
    app,
    fake,
    async call(method, url, body) {
      const token = await fake.token(...ALL_ROLES);
      const answer = await app.module('migration').inject({
        method,
        url,
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { payload: body }),
      });
      return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
    },
    async reset() {
      fake.reset();
      await app.app.stores[0].db.pool.query(EMPTY_ALL);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
