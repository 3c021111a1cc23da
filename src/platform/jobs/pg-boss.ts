import { type ConstructorOptions, PgBoss } from 'pg-boss';
import type { Database, Handle } from '#platform/db';
import type { Logger } from '#platform/telemetry';

/** pg-boss on our own pool. Timers are off but for what `options` turns on; the worker decides when to supervise. */
export function openBoss(db: Database, log: Logger, options: Partial<ConstructorOptions> = {}): PgBoss {
  const boss = new PgBoss({
    db: { executeSql: (text: string, values?: unknown[]) => db.pool.query(text, values) },
    schema: 'pgboss',
    supervise: false,
    schedule: false,
    monitorIntervalSeconds: 60,
    maintenanceIntervalSeconds: 300,
    ...options,
  });
  // Its timers meet every database outage, which the workers log once.
  boss.on('error', (error) => log.debug({ err: error }, 'jobs.pg_boss_error'));
  boss.on('warning', (warning) => log.debug({ warning }, 'jobs.pg_boss_warning'));
  return boss;
}

/** Lets pg-boss work inside a transaction of ours. */
export function sqlOf(handle: Handle) {
  return {
    async executeSql(text: string, values?: unknown[]) {
      const { rows } = await handle.executeQuery({
        sql: text,
        parameters: values ?? [],
        // Kysely reads the node only for its plugins, of which the handle has none.
        query: { kind: 'RawNode', sqlFragments: [text], parameters: [] },
        queryId: { queryId: 'pg-boss' },
      });
      return { rows: [...rows] };
    },
  };
}
