import type { RawBuilder } from 'kysely';
import type { PgBoss } from 'pg-boss';
import type { Static, TSchema } from 'typebox';
import type { Database, Handle } from '#platform/db';
import type { Logger, Metrics, Tracer } from '#platform/telemetry';
import type { Actor, AuditWriter, JobEventWriter } from './audit.ts';
import { InvalidPayloadError } from './batch.ts';
import { type Caretaker, startCaretaker } from './caretaker.ts';
import type { JobsContext } from './context.ts';
import { createDatabaseWatch } from './database-watch.ts';
import { deadLetterTask } from './dead-letters.ts';
import { drainQueues } from './drain.ts';
import { openEngineDatabase } from './engine-database.ts';
import { type Alongside, insertJobs, selectLiveKeys } from './enqueue-queries.ts';
import { createFailures, type Failures, queueOf } from './failures.ts';
import { newJobId } from './job-ids.ts';
import { createJobMetrics } from './job-metrics.ts';
import { openBoss } from './pg-boss.ts';
import { prepareQueue } from './prepare-queue.ts';
import { DEAD_LETTER_QUEUE, type Queue } from './queue.ts';
import { deletePause, insertPause } from './queue-queries.ts';
import { type QueueState, readQueueStates } from './queue-states.ts';
import type { TaskDefinition, TaskOptions } from './task.ts';
import { startTaskWorker, type TaskWorker } from './task-worker.ts';
import { listenForWake, type WakeListener } from './wake.ts';

const DEFAULT_HEARTBEAT_SECONDS = 10;
const DEFAULT_STOP_MS = 10_000;
const DEFAULT_DRAIN_MS = 30_000;

export interface EnqueueItem<P> {
  payload: P;
  /** Required by ordered tasks: jobs of one key run in the order they were sent. */
  key?: string;
  correlationId?: string | null;
  /** W3C trace context that the run goes on with. */
  traceparent?: string;
  startAfter?: Date;
  /** A version 7 UUID; a job with this id that exists already is left alone. */
  id?: string;
}

export interface Jobs {
  /**
   * Sends jobs in one statement on the caller's handle, so that they exist when its transaction commits; null sends
   * them at once. Returns their ids, which increase in the order given. `alongside` is an insert with `returning id`
   * that runs in the same statement, and what must run before it there: only jobs whose id it returns are sent.
   */
  enqueue<P extends TSchema>(
    handle: Handle | null,
    task: TaskOptions<P>,
    items: EnqueueItem<Static<P>>[],
    alongside?: RawBuilder<unknown> | Alongside,
  ): Promise<string[]>;
  /**
   * Which of `keys` have a job of this ordered task that waits, runs or holds its key. In the transaction that sends
   * the only jobs of those keys, the answer stays true for the keys it does not name.
   */
  findLiveKeys<P extends TSchema>(handle: Handle, task: TaskOptions<P>, keys: string[]): Promise<Set<string>>;
  /** Sends one job each time the cron expression is due, once however many processes run. */
  schedule(
    task: TaskDefinition,
    cron: string,
    options?: { timeZone?: string; payload?: unknown; key?: string },
  ): Promise<void>;
  unschedule(task: TaskDefinition): Promise<void>;
  /** Creates what the tasks need in the database; processes that only send call this instead of `start`. */
  prepare(tasks: TaskDefinition[]): Promise<void>;
  /** Makes this process a worker. */
  start(tasks: TaskDefinition[]): Promise<void>;
  /** Stops claiming, waits for running batches for `graceMs`, then aborts them; what is left runs elsewhere. */
  stop(options?: { graceMs?: number }): Promise<void>;
  /** For tests: runs everything that can run now and what it leads to, retries without their delay. */
  drain(options?: { timeoutMs?: number }): Promise<void>;
  /** Every queue this process knows, or those of the given names: each costs a count of its jobs. */
  queues(names?: readonly string[]): Promise<QueueState[]>;
  /** Workers stop claiming within two seconds, until resumed. */
  pause(queue: string, actor: Actor): Promise<void>;
  resume(queue: string, actor: Actor): Promise<void>;
  failures: Failures;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface JobsOptions {
  db: Database;
  log: Logger;
  metrics: Metrics;
  tracer?: Tracer;
  audit: AuditWriter;
  events?: JobEventWriter;
  /** How long a worker may be silent before its jobs go to another. */
  heartbeatSeconds?: number;
}

/** The job engine of one process. Nothing touches the database before `prepare`, `start` or the first job. */
export function createJobs(options: JobsOptions): Jobs {
  const log = options.log.child({ subsystem: 'jobs' });
  let engine: Database | undefined;
  const ctx: JobsContext = {
    db: options.db,
    get engine() {
      engine ??= openEngineDatabase(options.db.url);
      return engine;
    },
    log,
    boss: openBoss(options.db, log),
    watch: createDatabaseWatch(options.db, log),
    metrics: createJobMetrics(options.metrics),
    tracer: options.tracer,
    audit: options.audit,
    events: options.events,
    heartbeatSeconds: options.heartbeatSeconds ?? DEFAULT_HEARTBEAT_SECONDS,
    queues: new Map(),
  };
  const deadLetters = deadLetterTask(ctx);
  let opened: Promise<unknown> | undefined;
  let worker: Worker | undefined;

  async function prepare(tasks: TaskDefinition[]): Promise<void> {
    opened ??= ctx.boss.start();
    await opened.catch((error) => {
      opened = undefined;
      throw error;
    });
    // The others name the dead letters, so their queue comes first.
    for (const task of [deadLetters, ...tasks]) {
      if (ctx.queues.get(task.name)?.task !== task) ctx.queues.set(task.name, await prepareQueue(ctx, task));
    }
  }

  async function stop(stopOptions: { graceMs?: number } = {}): Promise<void> {
    await worker?.stop(stopOptions.graceMs ?? DEFAULT_STOP_MS);
    worker = undefined;
    if (opened) await ctx.boss.stop({ graceful: false });
    opened = undefined;
    await engine?.[Symbol.asyncDispose]();
    engine = undefined;
  }

  return {
    async enqueue(handle, task, items, alongside) {
      if (items.length === 0) return [];
      // A process that was not told of the task yet looks its queue up once.
      if (!ctx.queues.has(task.name)) await prepare([task as unknown as TaskDefinition]);
      const queue = queueOf(ctx, task.name);
      const jobs = items.map((item) => toNewJob(queue, item));
      if (alongside && queue.task.wake)
        throw new Error('A task that wakes its workers cannot be sent alongside');
      await insertJobs(handle ?? ctx.db.kysely, queue, jobs, asAlongside(alongside));
      return jobs.map((job) => job.id);
    },
    async findLiveKeys(handle, task, keys) {
      if (!ctx.queues.has(task.name)) await prepare([task as unknown as TaskDefinition]);
      return selectLiveKeys(handle, queueOf(ctx, task.name), keys);
    },
    async schedule(task, cron, { timeZone = 'UTC', payload = {}, key } = {}) {
      await prepare([task]);
      const job = toNewJob(queueOf(ctx, task.name), { payload, ...(key === undefined ? {} : { key }) });
      await ctx.boss.schedule(task.name, cron, job.data, {
        tz: timeZone,
        ...(key === undefined ? {} : { singletonKey: key }),
      });
    },
    async unschedule(task) {
      await prepare([task]);
      await ctx.boss.unschedule(task.name);
    },
    prepare,
    async start(tasks) {
      if (worker) throw new Error('This process is a worker already; pass all tasks to one start().');
      await prepare(tasks);
      worker = await startWorker(ctx, [DEAD_LETTER_QUEUE, ...tasks.map((task) => task.name)]);
    },
    stop,
    async drain({ timeoutMs = DEFAULT_DRAIN_MS } = {}) {
      await prepare([]);
      await drainQueues(ctx, timeoutMs);
    },
    queues: (names) => readQueueStates(ctx, names),
    pause: (queue, actor) => changePause(ctx, queue, actor, true),
    resume: (queue, actor) => changePause(ctx, queue, actor, false),
    failures: createFailures(ctx),
    [Symbol.asyncDispose]: () => stop(),
  };
}

interface Worker {
  stop(graceMs: number): Promise<void>;
}

async function startWorker(ctx: JobsContext, names: string[]): Promise<Worker> {
  // pg-boss keeps one clock for all processes; this instance only sends what is due.
  const clock: PgBoss = openBoss(ctx.db, ctx.log, {
    schedule: true,
    migrate: false,
    cronWorkerIntervalSeconds: 2,
  });
  await clock.start();
  const workers = new Map<string, TaskWorker>();
  const wakeAll = () => {
    for (const taskWorker of workers.values()) taskWorker.wake();
  };
  const caretaker: Caretaker = await startCaretaker(ctx, wakeAll);
  const queues = names.map((name) => queueOf(ctx, name));
  const listener: WakeListener = listenForWake({
    url: ctx.db.url,
    log: ctx.log,
    queues,
    onWake: (queue) => (queue === undefined ? wakeAll() : workers.get(queue)?.wake()),
  });
  for (const queue of queues) {
    const isPaused = () => caretaker.isPaused(queue.name);
    workers.set(queue.name, startTaskWorker(ctx, queue, { isPaused, isWatched: listener.isWatching }));
  }
  return {
    async stop(graceMs) {
      await Promise.all([listener.close(), clock.stop({ graceful: false })]);
      await Promise.all([...workers.values()].map((taskWorker) => taskWorker.stop(graceMs)));
      await caretaker.stop();
    },
  };
}

function asAlongside(given: RawBuilder<unknown> | Alongside | undefined): Alongside | undefined {
  return given === undefined || 'insert' in given ? given : { insert: given };
}

function toNewJob(queue: Queue, item: EnqueueItem<unknown>) {
  const fault = queue.explainPayload(item.payload);
  if (fault !== undefined) throw new InvalidPayloadError(queue.name, fault);
  if ((queue.isOrdered || queue.task.fair) && !item.key) {
    throw new Error(`Task ${queue.name} is ordered or fair: give each job a key.`);
  }
  return {
    id: item.id ?? newJobId(),
    key: item.key ?? null,
    data: {
      p: item.payload,
      c: item.correlationId ?? null,
      ...(item.traceparent === undefined ? {} : { t: item.traceparent }),
    },
    startAfter: item.startAfter ?? null,
    isRedelivered: false,
  };
}

async function changePause(ctx: JobsContext, queue: string, actor: Actor, isPaused: boolean): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const hasChanged = isPaused ? await insertPause(trx, queue, actor) : await deletePause(trx, queue);
    const action = isPaused ? 'queue.paused' : 'queue.resumed';
    if (hasChanged) await ctx.audit(trx, { actor, action, target: `queue:${queue}` });
  });
}
