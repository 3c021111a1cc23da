// Job engine: node_modules/.bin/node bench/jobs.ts [--url postgres://...] [--small 10000] [--large 1000000] [--save]
// Drains ordered and unordered queues at two sizes of backlog, and compares our claim of ordered jobs with pg-boss's.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { Type } from 'typebox';
import { createDatabaseIfMissing, migrate, openDatabase, startEmbeddedServer } from '#platform/db';
import { createJobs, defineTask, type Jobs, jobsMigrations, type TaskDefinition } from '#platform/jobs';
import { createLogger, createMetrics } from '#platform/telemetry';
import { createClaimer } from '../src/platform/jobs/claim.ts';
import { openEngineDatabase } from '../src/platform/jobs/engine-database.ts';
import { openBoss } from '../src/platform/jobs/pg-boss.ts';
import { createQueue, type Queue, tableOf } from '../src/platform/jobs/queue.ts';

const { values: args } = parseArgs({
  options: {
    url: { type: 'string' },
    small: { type: 'string', default: '10000' },
    large: { type: 'string', default: '1000000' },
    save: { type: 'boolean', default: false },
  },
});

const RESULTS = new URL('./results/jobs.json', import.meta.url);
const BATCH = 500;
const KEYS = 10_000;
const DRAIN_AT_MOST = 200_000;
const CLAIM_ROUNDS = 40;

const log = createLogger({ level: 'warn', name: 'bench' });
const Payload = Type.Object({ n: Type.Number() });
type BenchTask = TaskDefinition<typeof Payload>;

interface DrainResult {
  jobsPerSecond: number;
  nodeCpuMicrosPerJob: number;
  machineCpuMicrosPerJob: number | null;
}

interface ClaimResult {
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  jobsPerClaim: number;
}

type Result = DrainResult | ClaimResult | { jobsPerSecond: number } | { percentOfOneCore: number };

const results: Record<string, Result> = {};
await using server = args.url ? undefined : await startServer();
const adminUrl = args.url ?? server?.url ?? '';
const databaseUrl = Object.assign(new URL(adminUrl), { pathname: `/bench_jobs_${process.pid}` }).href;
await createDatabaseIfMissing(adminUrl, new URL(databaseUrl).pathname.slice(1));
await using db = openDatabase({ url: databaseUrl, maxConnections: 10, applicationName: 'bench' });
await using engine = openEngineDatabase(databaseUrl);
await migrate(db, [jobsMigrations]);

await measureGroupedEnqueue();
for (const backlog of [Number(args.small), Number(args.large)]) {
  for (const isOrdered of [false, true]) await measureDrain(backlog, isOrdered);
  await measureClaims(backlog);
}
await measureCrowdedFront('hot', Number(args.large) / 10);
await measureStartLatency(true);
await measureStartLatency(false);
await measureIdle();
await report();
await dropDatabase();

function openJobs(): Jobs {
  return createJobs({ db, log, metrics: createMetrics(), audit: async () => undefined });
}

function benchTask(name: string, isOrdered: boolean, onBatch: (jobs: number) => void): BenchTask {
  return defineTask({
    name,
    payload: Payload,
    ...(isOrdered ? { ordered: { onExhausted: 'release' } as const } : {}),
    retries: { limit: 2, delaySeconds: 1, backoff: true },
    batchSize: BATCH,
    concurrency: 2,
    timeoutSeconds: 60,
    async run(jobs) {
      onBatch(jobs.length);
    },
  });
}

async function fill(
  jobs: Jobs,
  task: BenchTask,
  count: number,
  keyOf: (n: number) => string,
): Promise<number> {
  const startedAt = performance.now();
  for (let sent = 0; sent < count; sent += 5000) {
    const items = Array.from({ length: Math.min(5000, count - sent) }, (_, index) => ({
      payload: { n: sent + index },
      ...(task.ordered ? { key: keyOf(sent + index) } : {}),
    }));
    await jobs.enqueue(null, task, items);
  }
  return count / ((performance.now() - startedAt) / 1000);
}

/** A small backlog is gone in a moment, so it is filled and drained several times. */
async function measureDrain(backlog: number, isOrdered: boolean): Promise<void> {
  const name = `bench.drain_${isOrdered ? 'ordered' : 'unordered'}_${backlog}`;
  const rounds: DrainResult[] = [];
  for (let round = 0; round < (backlog < DRAIN_AT_MOST ? 5 : 1); round++) {
    rounds.push(await drainOnce(`${name}_${round}`, backlog, isOrdered));
  }
  rounds.sort((x, y) => x.jobsPerSecond - y.jobsPerSecond);
  const median = rounds[Math.floor(rounds.length / 2)];
  if (median) record(name, median);
}

/** Timed from the first batch, when the worker has started. */
async function drainOnce(name: string, backlog: number, isOrdered: boolean): Promise<DrainResult> {
  let left = Math.min(backlog, DRAIN_AT_MOST);
  let timed = 0;
  let usage: ReturnType<typeof startUsage> | undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  const task = benchTask(name, isOrdered, (jobs) => {
    left -= jobs;
    if (usage) timed += jobs;
    usage ??= startUsage();
    if (left <= 0) resolve();
  });
  const jobs = openJobs();
  await fill(jobs, task, backlog, (n) => `k${(n * 7919) % KEYS}`);
  await jobs.start([task]);
  await promise;
  const result = usage?.end(timed);
  await jobs.stop();
  if (!result) throw new Error('The backlog was gone in one batch; choose a larger one.');
  return result;
}

/** Claims and gives back, so that every round meets the same backlog. */
async function measureClaims(backlog: number): Promise<void> {
  const task = benchTask(`bench.claim_ordered_${backlog}`, true, () => undefined);
  await using jobs = openJobs();
  await fill(jobs, task, backlog, (n) => `k${(n * 7919) % KEYS}`);
  const boss = openBoss(db, log);
  await boss.start();
  const queue = createQueue(task, (await boss.getQueue(task.name))?.table ?? '', 10);
  const claimer = createClaimer(engine, queue);
  record(
    `claim_ordered_${backlog}_ours`,
    await timeRounds(async () => {
      const { claims } = await claimer.claim(BATCH);
      const ids = claims.flatMap((claim) => claim.rows.map((row) => row.id));
      return { count: ids.length, undo: () => restore(queue, ids) };
    }),
  );
  record(
    `claim_ordered_${backlog}_pg_boss`,
    await timeRounds(async () => {
      const rows = await boss.fetch(task.name, { batchSize: BATCH });
      return {
        count: rows.length,
        undo: () =>
          restore(
            queue,
            rows.map((row) => row.id),
          ),
      };
    }),
  );
  await boss.stop({ graceful: false });
}

/** What `restore` of pg-boss does. */
async function restore(queue: Queue, ids: string[]): Promise<void> {
  await sql`
    update ${tableOf(queue)} set state = 'created', started_on = null, heartbeat_on = null
    where name = ${queue.name} and id = any(${ids}::uuid[])`.execute(db.kysely);
}

/** Half of the backlog belongs to one key and stands in front of all others. */
async function measureCrowdedFront(label: string, backlog: number): Promise<void> {
  const task = benchTask(`bench.crowded_${label}`, true, () => undefined);
  await using jobs = openJobs();
  await fill(jobs, task, backlog / 2, () => 'hot');
  await fill(jobs, task, backlog / 2, (n) => `k${n % KEYS}`);
  const boss = openBoss(db, log);
  await boss.start();
  const queue = createQueue(task, (await boss.getQueue(task.name))?.table ?? '', 10);
  const claimer = createClaimer(engine, queue);
  record(
    `claim_behind_one_hot_key_${backlog}`,
    await timeRounds(async () => {
      const { claims } = await claimer.claim(BATCH);
      const ids = claims.flatMap((claim) => claim.rows.map((row) => row.id));
      return { count: ids.length, undo: () => restore(queue, ids) };
    }),
  );
  await boss.stop({ graceful: false });
}

/** From the call that sends a job to the start of its run, one at a time on an idle worker. */
async function measureStartLatency(wake: boolean): Promise<void> {
  await using jobs = openJobs();
  let started: (() => void) | undefined;
  const task = { ...benchTask(`bench.latency_${wake ? 'wake' : 'poll'}`, false, () => started?.()), wake };
  await jobs.start([task]);
  record(
    `start_latency_${wake ? 'wake' : 'poll'}`,
    await timeRounds(async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      started = resolve;
      await jobs.enqueue(null, task, [{ payload: { n: 1 } }]);
      await promise;
      return { count: 1, undo: () => new Promise((done) => setTimeout(done, 700 * Math.random())) };
    }),
  );
  await jobs.stop();
}

async function measureGroupedEnqueue(): Promise<void> {
  await using jobs = openJobs();
  const task = benchTask('bench.enqueue', false, () => undefined);
  await jobs.prepare([task]);
  const jobsPerSecond = Math.round(await fill(jobs, task, 100_000, String));
  record('enqueue_5000_per_statement', { jobsPerSecond });
}

async function measureIdle(): Promise<void> {
  await using jobs = openJobs();
  const tasks = [1, 2, 3, 4, 5].map((n) => benchTask(`bench.idle_${n}`, n % 2 === 0, () => undefined));
  await jobs.start(tasks);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const seconds = 10;
  const usage = startUsage();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const cpu = usage.end(1);
  const percentOfOneCore = Math.round(cpu.nodeCpuMicrosPerJob / seconds / 100) / 100;
  record('idle_with_five_queues', { percentOfOneCore });
  await jobs.stop();
}

async function timeRounds(
  round: () => Promise<{ count: number; undo(): Promise<unknown> }>,
): Promise<ClaimResult> {
  const times: number[] = [];
  let total = 0;
  for (let index = 0; index < CLAIM_ROUNDS; index++) {
    const startedAt = performance.now();
    const { count, undo } = await round();
    times.push(performance.now() - startedAt);
    total += count;
    await undo();
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round((times[Math.floor((times.length - 1) * share)] ?? 0) * 100) / 100;
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), jobsPerClaim: Math.round(total / CLAIM_ROUNDS) };
}

function startUsage() {
  const startedAt = performance.now();
  const node = process.cpuUsage();
  const machine = machineCpuMicros();
  return {
    end(jobs: number): DrainResult {
      const seconds = (performance.now() - startedAt) / 1000;
      const used = process.cpuUsage(node);
      const perJob = (micros: number) => Math.round((micros / jobs) * 10) / 10;
      return {
        jobsPerSecond: Math.round(jobs / seconds),
        nodeCpuMicrosPerJob: perJob(used.user + used.system),
        machineCpuMicrosPerJob: perJob(machineCpuMicros() - machine),
      };
    },
  };
}

/** All busy time of the machine: PostgreSQL runs beside us. */
function machineCpuMicros(): number {
  return cpus().reduce((sum, { times }) => sum + (times.user + times.sys + times.nice + times.irq) * 1000, 0);
}

function record(name: string, result: Result): void {
  results[name] = result;
  console.log(name, result);
}

async function startServer() {
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
  const started = await startEmbeddedServer({
    dataDir: join(directory, 'data'),
    port: 0,
    osUser: 'nobody',
    log,
  });
  return {
    url: started.urlFor('postgres'),
    async [Symbol.asyncDispose]() {
      await started.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function dropDatabase(): Promise<void> {
  await using admin = openDatabase({ url: adminUrl, maxConnections: 1, applicationName: 'bench' });
  await sql`drop database ${sql.id(new URL(databaseUrl).pathname.slice(1))} with (force)`.execute(
    admin.kysely,
  );
}

async function report(): Promise<void> {
  const former: typeof results = await readFile(RESULTS, 'utf8').then(
    (text) => JSON.parse(text).results,
    () => ({}),
  );
  for (const [name, result] of Object.entries(results)) {
    const before = former[name];
    const [now, then] = [speedOf(result), before && speedOf(before)];
    if (then !== undefined && now !== undefined) console.log(`${name}: ${then} before, ${now} now`);
  }
  if (args.save) {
    const machine = `${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`;
    await writeFile(RESULTS, `${JSON.stringify({ machine, results }, null, 2)}\n`);
  }
}

function speedOf(result: object): number | undefined {
  if ('jobsPerSecond' in result) return Number(result.jobsPerSecond);
  return 'p50Ms' in result ? Number(result.p50Ms) : undefined;
}
