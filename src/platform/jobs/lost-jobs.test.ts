import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Job } from './index.ts';
import { eventually, type JobsFixture, openJobs, stepTask } from './jobs.fixture.ts';

let fixture: JobsFixture;
before(async () => {
  fixture = await openJobs({ heartbeatSeconds: 1 });
});
after(() => fixture[Symbol.asyncDispose]());

/** Starts a worker in a process of its own, waits until it runs a batch, and kills it. */
async function loseWorker(task: string, isOrdered = false): Promise<void> {
  const script = fileURLToPath(new URL('./lost-worker.fixture.ts', import.meta.url));
  const child = spawn(process.execPath, [script, fixture.url, task, '1', isOrdered ? 'ordered' : ''], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('jobs of a killed worker run again, told that a former run may have got anywhere', async () => {
  const seen: Job[] = [];
  const task = stepTask({
    name: 'testing.revive',
    retries: { limit: 1, delaySeconds: 3600, backoff: false },
    run: async (jobs) => void seen.push(...jobs),
  });
  const ids = await fixture.jobs.enqueue(
    null,
    task,
    [1, 2, 3].map((step) => ({ payload: { step } })),
  );
  await loseWorker(task.name);
  const engine = fixture.open();
  await engine.start([task]);
  await eventually(() => seen.length === 3, 15_000);
  await engine.stop();
  assert.deepEqual(seen.map((job) => job.id).sort(), [...ids].sort());
  assert.ok(seen.every((job) => job.attempt === 2 && job.isRedelivered));
  const failure = await engine.failures.get(ids[0] as string);
  assert.deepEqual([failure?.cause, failure?.state], ['WorkerLost', 'recovered']);
});

test('a job that was lost too often is recorded by the dead letters and its key goes on', async () => {
  const seen: string[] = [];
  const task = stepTask({
    name: 'testing.lost_for_good',
    ordered: { onExhausted: 'release' },
    run: async (jobs) => void seen.push(...jobs.map((job) => `ran ${job.payload.step}`)),
    onExhausted: async (_trx, job, failure) => void seen.push(`ended ${job.payload.step} ${failure.cause}`),
  });
  const ids = await fixture.jobs.enqueue(
    null,
    task,
    [1, 2].map((step) => ({ payload: { step }, key: 'k' })),
  );
  await loseWorker(task.name, true);
  const engine = fixture.open();
  await engine.start([task]);
  await eventually(() => seen.length === 2, 15_000);
  await engine.stop();
  assert.deepEqual(seen, ['ended 1 WorkerLost', 'ran 2']);
  assert.equal((await engine.failures.get(ids[0] as string))?.state, 'failed');
});

test('losses are no attempts as far as its task says, and then they are', async () => {
  const seen: string[] = [];
  const task = stepTask({
    name: 'testing.uncounted',
    uncountedLosses: 2,
    run: async (jobs) =>
      void seen.push(...jobs.map((job) => `ran ${job.payload.step} as attempt ${job.attempt}`)),
    onExhausted: async (_trx, job, failure) => void seen.push(`ended ${job.payload.step} ${failure.cause}`),
  });
  const ids = await fixture.jobs.enqueue(
    null,
    task,
    [1, 2].map((step) => ({ payload: { step } })),
  );
  await loseWorker(task.name);
  // The second job has ended two workers before this one.
  await fixture.db.pool.query(`update pgboss.job set output = '{"losses": 2}' where id = $1`, [ids[1]]);
  const engine = fixture.open();
  await engine.start([task]);
  await eventually(() => seen.length === 2, 15_000);
  await engine.stop();
  assert.deepEqual(seen.sort(), ['ended 2 WorkerLost', 'ran 1 as attempt 1']);
});

test('a job that was lost with two workers runs while no other of its queue does', async () => {
  const events: string[] = [];
  const task = stepTask({
    name: 'testing.suspect',
    uncountedLosses: 20,
    concurrency: 4,
    async run(jobs) {
      const steps = jobs.map((job) => job.payload.step).join();
      events.push(`begin ${steps}`);
      await new Promise((resolve) => setImmediate(resolve));
      events.push(`end ${steps}`);
    },
  });
  const ids = await fixture.jobs.enqueue(
    null,
    task,
    [1, 2, 3, 4].map((step) => ({ payload: { step } })),
  );
  for (const [nth, losses] of [1, 2, 3, 0].entries()) {
    await fixture.db.pool.query(`update pgboss.job set output = $2 where id = $1`, [ids[nth], { losses }]);
  }
  const engine = fixture.open();
  await engine.start([task]);
  await eventually(() => events.length === 6, 15_000);
  await engine.stop();
  assert.deepEqual(events, ['begin 1,4', 'end 1,4', 'begin 2', 'end 2', 'begin 3', 'end 3']);
});

test('a long run keeps its jobs by heartbeats', async () => {
  const engine = fixture.open();
  const watcher = fixture.open();
  const seen: boolean[] = [];
  const task = stepTask({
    name: 'testing.long_run',
    retries: { limit: 3, delaySeconds: 0, backoff: false },
    async run(jobs, run) {
      const leaseEndedAt = run.leaseEndsAt();
      await new Promise((resolve) => setTimeout(resolve, 3_500));
      seen.push(run.leaseEndsAt() > leaseEndedAt && run.leaseEndsAt() > Date.now());
      assert.equal(jobs[0]?.attempt, 1);
    },
  });
  await engine.enqueue(null, task, [{ payload: { step: 1 } }]);
  await engine.start([task]);
  await watcher.start([task]);
  await eventually(() => seen.length > 0, 15_000);
  await Promise.all([engine.stop(), watcher.stop()]);
  assert.deepEqual(seen, [true]);
  assert.equal(await engine.failures.count({ task: task.name }), 0);
});

test('a stopping worker aborts what does not end in time and gives it back uncounted', async () => {
  const engine = fixture.open();
  let reason: unknown;
  const seen: Job[] = [];
  const stuck = stepTask({
    name: 'testing.stuck',
    async run(_jobs, run) {
      await new Promise((_resolve, reject) => {
        run.signal.addEventListener('abort', () => reject(run.signal.reason));
      }).catch((error) => {
        reason = error;
        throw error;
      });
    },
  });
  await engine.start([stuck]);
  await engine.enqueue(null, stuck, [{ payload: { step: 1 } }]);
  await eventually(async () => (await engine.queues()).some((q) => q.queue === stuck.name && q.active === 1));
  await engine.stop({ graceMs: 50 });
  assert.match(String(reason), /worker is stopping/);
  const other = fixture.open();
  const task = stepTask({ name: stuck.name, run: async (jobs) => void seen.push(...jobs) });
  await other.prepare([task]);
  await other.drain();
  assert.deepEqual(
    seen.map((job) => [job.attempt, job.isRedelivered]),
    [[1, true]],
  );
});

test('a run that takes too long fails with that reason, even when it does not listen', async () => {
  const engine = fixture.open();
  const task = stepTask({
    name: 'testing.too_long',
    timeoutSeconds: 1,
    async run(_jobs, run) {
      await new Promise((resolve) => run.signal.addEventListener('abort', resolve));
      run.signal.throwIfAborted();
    },
  });
  const [id] = await engine.enqueue(null, task, [{ payload: { step: 1 } }]);
  await engine.drain();
  assert.equal((await engine.failures.get(id as string))?.cause, 'TimedOutError');
});
