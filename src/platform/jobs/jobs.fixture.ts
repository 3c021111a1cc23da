import { setTimeout as delay } from 'node:timers/promises';
import { Type } from 'typebox';
import { type Database, migrate, openDatabase } from '#platform/db';
import { createLogger, createMetrics } from '#platform/telemetry';
import { createTestDatabase, ensureTemplate } from '../../../test/harness/index.ts';
import {
  type Actor,
  type AuditWriter,
  createJobs,
  defineTask,
  type Jobs,
  type JobsOptions,
  jobsMigrations,
  type TaskDefinition,
} from './index.ts';

export const ada: Actor = { kind: 'operator', id: 'o-1', name: 'ada@example.org' };
export const Step = Type.Object({ step: Type.Number() });

export interface JobsFixture {
  db: Database;
  url: string;
  jobs: Jobs;
  /** What was audited, as `action target`. */
  audited: string[];
  /** Log lines as objects. */
  logged: Record<string, unknown>[];
  /** Another process would have its own; all share the database. */
  open(options?: Partial<JobsOptions>): Jobs;
  [Symbol.asyncDispose](): Promise<void>;
}

/** An engine over a database of its own. */
export async function openJobs(options: Partial<JobsOptions> = {}): Promise<JobsFixture> {
  await ensureTemplate('jobs', async (url) => {
    await using db = openDatabase({ url, maxConnections: 2, applicationName: 'template' });
    await migrate(db, [jobsMigrations]);
    await using jobs = createJobs({ ...quiet(), db });
    await jobs.prepare([]);
  });
  const database = await createTestDatabase({ template: 'jobs' });
  const audited: string[] = [];
  const logged: Record<string, unknown>[] = [];
  const opened: Jobs[] = [];
  const open = (more: Partial<JobsOptions> = {}) => {
    const engine = createJobs({
      ...quiet(logged),
      audit: async (_handle, entry) => void audited.push(`${entry.action} ${entry.target}`),
      db: database.db,
      ...options,
      ...more,
    });
    opened.push(engine);
    return engine;
  };
  return {
    db: database.db,
    url: database.url,
    jobs: open(),
    audited,
    logged,
    open,
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((engine) => engine.stop({ graceMs: 100 })));
      await database[Symbol.asyncDispose]();
    },
  };
}

/** A valid task; tests state only what matters to them. */
export function stepTask(
  overrides: Partial<TaskDefinition<typeof Step>> & Pick<TaskDefinition<typeof Step>, 'run'>,
): TaskDefinition<typeof Step> {
  return defineTask({
    name: 'testing.take_step',
    payload: Step,
    retries: { limit: 0, delaySeconds: 0, backoff: false },
    batchSize: 10,
    concurrency: 1,
    timeoutSeconds: 30,
    ...overrides,
  });
}

export async function eventually(
  condition: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const endsAt = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > endsAt) throw new Error(`Not so within ${withinMs} ms: ${condition}`);
    await delay(20);
  }
}

function quiet(logged: Record<string, unknown>[] = []) {
  const destination = { write: (line: string) => void logged.push(JSON.parse(line)) };
  const audit: AuditWriter = async () => undefined;
  return { log: createLogger({ level: 'info', name: 'test', destination }), metrics: createMetrics(), audit };
}
