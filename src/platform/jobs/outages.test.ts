import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { migrate, openDatabase, startEmbeddedServer } from '#platform/db';
import { createLogger, createMetrics } from '#platform/telemetry';
import { createJobs, jobsMigrations, OutageError, perJob } from './index.ts';
import { eventually, openJobs, stepTask } from './jobs.fixture.ts';

test('jobs that meet an outage wait with probes, uncounted, and go on by themselves', async () => {
  await using fixture = await openJobs();
  const engine = fixture.jobs;
  let isDown = true;
  const runs: { attempt: number; size: number; isRedelivered: boolean }[] = [];
  const task = stepTask({
    name: 'testing.outage',
    concurrency: 3,
    async run(jobs) {
      const [first] = jobs;
      runs.push({
        attempt: first?.attempt ?? 0,
        size: jobs.length,
        isRedelivered: first?.isRedelivered === true,
      });
      if (isDown) throw new OutageError('NOMIS', { cause: new Error('connect ECONNREFUSED') });
    },
  });
  await engine.enqueue(
    null,
    task,
    Array.from({ length: 40 }, (_, step) => ({ payload: { step } })),
  );
  await engine.start([task]);
  const stateOf = async () => (await engine.queues()).find((queue) => queue.queue === task.name);
  await eventually(async () => (await stateOf())?.outage === 'NOMIS');
  const before = runs.length;
  assert.ok(before <= 4, `${before} batches met the outage before it was known`);
  await eventually(() => runs.length > before, 5_000);
  assert.equal(runs.at(-1)?.size, 1, 'a probe takes one job');
  isDown = false;
  await eventually(async () => (await stateOf())?.waiting === 0 && (await stateOf())?.active === 0, 10_000);
  assert.equal((await stateOf())?.outage, null);
  assert.ok(runs.every((run) => run.attempt === 1));
  assert.ok(runs.some((run) => run.isRedelivered));
  assert.equal(await engine.failures.count({ task: task.name }), 0);
  assert.equal(fixture.logged.filter((line) => line.msg === 'jobs.outage').length, 1);
  assert.equal(fixture.logged.filter((line) => line.msg === 'jobs.outage_over').length, 1);
});

test('a restart of PostgreSQL burns no attempts and is logged once', { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-jobs-'));
  await chmod(directory, 0o711);
  const logged: Record<string, unknown>[] = [];
  const log = createLogger({
    level: 'info',
    name: 'test',
    destination: { write: (line: string) => void logged.push(JSON.parse(line)) },
  });
  const server = await startEmbeddedServer({
    dataDir: join(directory, 'data'),
    port: 0,
    osUser: 'nobody',
    log,
  });
  const db = openDatabase<{ effects: { job_id: string } }>({
    url: server.url,
    maxConnections: 5,
    applicationName: 'test',
  });
  const jobs = createJobs({
    db,
    log,
    metrics: createMetrics(),
    audit: async () => undefined,
    heartbeatSeconds: 2,
  });
  try {
    await migrate(db, [jobsMigrations]);
    await db.pool.query('create table effects (job_id uuid primary key)');
    const task = stepTask({
      name: 'testing.survive',
      concurrency: 2,
      retries: { limit: 0, delaySeconds: 0, backoff: false },
      run: perJob(async (job, run) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        await db.kysely.transaction().execute(async (trx) => {
          await trx.insertInto('effects').values({ job_id: job.id }).execute();
          await run.complete(trx, [job.id]);
        });
      }, 2),
    });
    await jobs.enqueue(
      null,
      task,
      Array.from({ length: 300 }, (_, step) => ({ payload: { step } })),
    );
    await jobs.start([task]);
    const done = async () => {
      const { rows } = await db.pool.query('select count(*)::int as count from effects');
      return rows[0].count as number;
    };
    await eventually(async () => (await done()) > 50);
    await server.restart();
    const restartedAt = Date.now();
    await eventually(async () => (await done().catch(() => 0)) === 300, 20_000);
    assert.ok(Date.now() - restartedAt < 15_000);
    assert.equal(await jobs.failures.count({}), 0);
    assert.equal(logged.filter((line) => line.msg === 'jobs.database_outage').length, 1);
    assert.equal(logged.filter((line) => line.msg === 'jobs.database_back').length, 1);
  } finally {
    await jobs.stop();
    await db[Symbol.asyncDispose]();
    await server.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
});
