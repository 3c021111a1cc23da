import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Type } from 'typebox';
import { defineTask, InvalidPayloadError, type Job, perJob, RefusedError } from './index.ts';
import { ada, eventually, type JobsFixture, openJobs, stepTask } from './jobs.fixture.ts';

let fixture: JobsFixture;
before(async () => {
  fixture = await openJobs();
});
after(() => fixture[Symbol.asyncDispose]());

const newName = (() => {
  let count = 0;
  return () => `testing.task_${++count}`;
})();

test('a job exists when the transaction that sent it commits, and not when it rolls back', async () => {
  const { jobs, db } = fixture;
  const seen: number[] = [];
  const task = stepTask({
    name: newName(),
    run: async (batch) => void seen.push(...batch.map((j) => j.payload.step)),
  });
  await jobs.prepare([task]);
  await db.kysely.transaction().execute((trx) => jobs.enqueue(trx, task, [{ payload: { step: 1 } }]));
  const rolledBack = db.kysely.transaction().execute(async (trx) => {
    await jobs.enqueue(trx, task, [{ payload: { step: 2 } }]);
    throw new Error('changed my mind');
  });
  await assert.rejects(rolledBack, /changed my mind/);
  await jobs.drain();
  assert.deepEqual(seen, [1]);
});

test('a run is told all about its job', async () => {
  const seen: Job[] = [];
  const task = stepTask({
    name: newName(),
    ordered: { onExhausted: 'release' },
    retries: { limit: 2, delaySeconds: 1, backoff: false },
    run: async (batch) => void seen.push(...batch),
  });
  const { jobs } = fixture;
  const [id] = await jobs.enqueue(null, task, [{ payload: { step: 7 }, key: 'k', correlationId: 'c-1' }]);
  await jobs.drain();
  const [job] = seen;
  assert.ok(job && job.enqueuedAt instanceof Date);
  assert.deepEqual(
    { ...job, enqueuedAt: null },
    {
      id,
      task: task.name,
      key: 'k',
      payload: { step: 7 },
      correlationId: 'c-1',
      traceparent: null,
      attempt: 1,
      maxAttempts: 3,
      enqueuedAt: null,
      isRedelivered: false,
    },
  );
});

test('a payload that does not fit is refused when sent, naming fields and no values', async () => {
  const task = stepTask({ name: newName(), run: async () => undefined });
  const sending = fixture.jobs.enqueue(null, task, [{ payload: { step: 'secret' as unknown as number } }]);
  await assert.rejects(sending, (error: Error) => {
    assert.ok(error instanceof InvalidPayloadError);
    assert.match(error.message, /\/step must be number/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});

test('sending an id twice makes one job', async () => {
  const { jobs } = fixture;
  let runs = 0;
  const task = stepTask({ name: newName(), run: perJob(async () => void runs++) });
  const [id] = await jobs.enqueue(null, task, [{ payload: { step: 1 } }]);
  await jobs.enqueue(null, task, [{ payload: { step: 1 }, id: id as string }]);
  await jobs.drain();
  assert.equal(runs, 1);
});

test('drain runs what jobs lead to and retries without their delay', async () => {
  const { jobs } = fixture;
  const seen: string[] = [];
  const second = stepTask({
    name: newName(),
    retries: { limit: 3, delaySeconds: 3600, backoff: true },
    run: perJob(async (job) => {
      seen.push(`second ${job.attempt} ${job.isRedelivered}`);
      if (job.attempt < 3) throw new Error('not yet');
    }),
  });
  const first = defineTask({
    name: newName(),
    payload: Type.Object({ name: Type.String() }),
    retries: { limit: 0, delaySeconds: 0, backoff: false },
    batchSize: 5,
    concurrency: 1,
    timeoutSeconds: 10,
    run: perJob(async (job) => {
      seen.push(job.payload.name);
      await jobs.enqueue(null, second, [{ payload: { step: 1 } }]);
    }),
  });
  await jobs.prepare([first, second]);
  await jobs.enqueue(null, first, [{ payload: { name: 'first' } }]);
  await jobs.drain();
  assert.deepEqual(seen, ['first', 'second 1 false', 'second 2 true', 'second 3 true']);
  const { failures } = await jobs.failures.list({ task: second.name }, { limit: 10 });
  assert.equal(failures.length, 1);
  assert.equal(failures[0]?.state, 'recovered');
  assert.deepEqual(
    failures[0]?.attempts.map((attempt) => [attempt.attempt, attempt.cause, attempt.message]),
    [
      [1, 'Error', 'not yet'],
      [2, 'Error', 'not yet'],
    ],
  );
});

test('jobs for later stay where they are', async () => {
  const { jobs } = fixture;
  let runs = 0;
  const task = stepTask({ name: newName(), run: async () => void runs++ });
  await jobs.enqueue(null, task, [{ payload: { step: 1 }, startAfter: new Date(Date.now() + 3600_000) }]);
  await jobs.drain();
  assert.equal(runs, 0);
});

test('each job of a batch has its own outcome', async () => {
  const { jobs } = fixture;
  const task = stepTask({
    name: newName(),
    retries: { limit: 5, delaySeconds: 1, backoff: false },
    run: perJob(async (job) => {
      if (job.payload.step === 2) throw new RefusedError('refused', { cause: { status: 422 } });
    }),
  });
  const ids = await jobs.enqueue(
    null,
    task,
    [1, 2, 3].map((step) => ({ payload: { step } })),
  );
  await jobs.drain();
  const { failures } = await jobs.failures.list({ task: task.name }, { limit: 10 });
  assert.deepEqual(
    failures.map((failure) => [failure.id, failure.state, failure.cause, failure.attemptCount]),
    [[ids[1], 'failed', 'HTTP 422', 1]],
  );
});

test('the terminal write commits together with the record of the failure', async () => {
  const { jobs, db } = fixture;
  await db.pool.query('create table things (id uuid primary key, state text)');
  const task = stepTask({
    name: newName(),
    retries: { limit: 1, delaySeconds: 0, backoff: false },
    run: async () => {
      throw Object.assign(new Error('gateway'), { status: 502 });
    },
    async onExhausted(trx, job, failure) {
      await trx
        .insertInto('things')
        .values({ id: job.id, state: `${failure.cause} after ${failure.attempts}` })
        .execute();
    },
  });
  const [id] = await jobs.enqueue(null, task, [{ payload: { step: 1 } }]);
  await jobs.drain();
  const { rows } = await db.pool.query('select * from things');
  assert.deepEqual(rows, [{ id, state: 'HTTP 502 after 2' }]);
  assert.equal((await jobs.failures.get(id as string))?.state, 'failed');
});

test('a terminal write that fails is repeated from the dead letters until it succeeds', async () => {
  const { jobs } = fixture;
  let writes = 0;
  const task = stepTask({
    name: newName(),
    ordered: { onExhausted: 'release' },
    run: perJob(async (job) => {
      if (job.payload.step === 1) throw new Error('broken');
    }),
    async onExhausted() {
      if (++writes < 3) throw new Error('cannot write yet');
    },
  });
  const [id] = await jobs.enqueue(null, task, [
    { payload: { step: 1 }, key: 'k' },
    { payload: { step: 2 }, key: 'k' },
  ]);
  await jobs.drain();
  assert.equal(writes, 3);
  const failure = await jobs.failures.get(id as string);
  assert.equal(failure?.state, 'failed');
  assert.equal(failure?.message, 'broken');
  const state = (await jobs.queues()).find((queue) => queue.queue === task.name);
  assert.equal(state?.waiting, 0);
  assert.deepEqual(
    (await jobs.queues([task.name])).map(({ queue }) => queue),
    [task.name],
  );
  assert.equal((await jobs.queues()).find((queue) => queue.queue === 'platform_dead_letters')?.waiting, 0);
});

test('effects and the completion of their jobs commit together', async () => {
  const { jobs, db } = fixture;
  await db.pool.query('create table effects (job_id uuid)');
  let runs = 0;
  const task = stepTask({
    name: newName(),
    retries: { limit: 1, delaySeconds: 0, backoff: false },
    async run(batch, run) {
      runs++;
      const ids = batch.map((job) => job.id);
      await db.kysely.transaction().execute(async (trx) => {
        await trx
          .insertInto('effects')
          .values(ids.map((job_id) => ({ job_id })))
          .execute();
        await run.complete(trx, ids);
      });
      // Like a process that dies right after the commit: the jobs are done all the same.
      throw new Error('died after the commit');
    },
  });
  await jobs.enqueue(
    null,
    task,
    [1, 2, 3].map((step) => ({ payload: { step } })),
  );
  await jobs.drain();
  const { rows } = await db.pool.query('select count(*)::int as count from effects');
  assert.deepEqual(rows, [{ count: 3 }]);
  assert.equal(runs, 1);
  assert.equal(await jobs.failures.count({ task: task.name }), 0);
});

test('a worker runs jobs as they come and finishes them before it stops', async () => {
  const engine = fixture.open();
  const seen: number[] = [];
  const task = stepTask({
    name: newName(),
    wake: true,
    run: perJob(async (job) => void seen.push(job.payload.step)),
  });
  await engine.start([task]);
  await engine.enqueue(null, task, [{ payload: { step: 1 } }]);
  await eventually(() => seen.length === 1);
  await engine.enqueue(null, task, [{ payload: { step: 2 } }]);
  await eventually(() => seen.length === 2);
  await engine.stop();
  assert.deepEqual(seen, [1, 2]);
});

test('a task that may not claim leaves its queue to others until it may', async () => {
  let may = false;
  const ran: string[] = [];
  const name = newName();
  const taskOf = (who: string, mayClaim: () => Promise<boolean>) =>
    stepTask({ name, mayClaim, run: async () => void ran.push(who) });
  const [held, free, drained] = [fixture.open(), fixture.open(), fixture.open()];
  const heldTask = taskOf('held', async () => may);
  await held.start([heldTask]);
  await held.enqueue(null, heldTask, [{ payload: { step: 1 } }]);
  await drained.prepare([taskOf('drained', async () => false)]);
  await drained.drain();
  assert.deepEqual(ran, []);
  await free.start([taskOf('free', async () => true)]);
  await eventually(() => ran.length === 1);
  await free.stop();
  may = true;
  await held.enqueue(null, heldTask, [{ payload: { step: 2 } }]);
  await eventually(() => ran.length === 2);
  await held.stop();
  assert.deepEqual(ran, ['free', 'held']);
});

test('a run may say how long a job that failed waits, whatever its task says', async () => {
  const { db } = fixture;
  const engine = fixture.open();
  const error = new Error('not yet');
  const task = stepTask({
    name: newName(),
    retries: { limit: 5, delaySeconds: 0, backoff: false },
    run: async (batch) => batch.map(({ id }) => ({ id, status: 'failed', error, delayMs: 3_600_000 })),
  });
  await engine.start([task]);
  const [id] = await engine.enqueue(null, task, [{ payload: { step: 1 } }]);
  const waits = async () => {
    const { rows } = await db.pool.query<{ state: string; minutes: number }>(
      'select state, round(extract(epoch from start_after - now()) / 60)::int as minutes from pgboss.job where id = $1',
      [id],
    );
    return rows[0];
  };
  await eventually(async () => (await waits())?.state === 'retry');
  assert.deepEqual(await waits(), { state: 'retry', minutes: 60 });
  await engine.stop();
});

test('a paused queue waits until it is resumed, and both are audited', async () => {
  const engine = fixture.open();
  let runs = 0;
  const task = stepTask({ name: newName(), run: async () => void runs++ });
  await engine.prepare([task]);
  await engine.pause(task.name, ada);
  await engine.start([task]);
  await eventually(async () => (await engine.queues()).some((q) => q.queue === task.name && q.isPaused));
  await engine.enqueue(null, task, [{ payload: { step: 1 } }]);
  const other = fixture.open();
  await other.prepare([task]);
  await other.drain();
  assert.equal(runs, 0);
  await engine.resume(task.name, ada);
  await eventually(() => runs === 1, 3_000);
  assert.ok(fixture.audited.includes(`queue.paused queue:${task.name}`));
  assert.ok(fixture.audited.includes(`queue.resumed queue:${task.name}`));
  await engine.stop();
});

test('queues say how they stand', async () => {
  const engine = fixture.open();
  const task = stepTask({
    name: newName(),
    ordered: { onExhausted: 'hold' },
    run: perJob(async (job) => {
      if (job.payload.step === 1) throw new Error('broken');
    }),
  });
  await engine.enqueue(null, task, [
    { payload: { step: 1 }, key: 'a' },
    { payload: { step: 2 }, key: 'a' },
    { payload: { step: 3 }, key: 'b' },
  ]);
  await engine.start([task]);
  const stateOf = async () => (await engine.queues()).find((queue) => queue.queue === task.name);
  await eventually(async () => (await stateOf())?.failed === 1);
  await engine.stop();
  const state = await stateOf();
  assert.ok(state && state.oldestWaitingSeconds !== null && state.oldestWaitingSeconds < 60);
  assert.deepEqual(
    { ...state, oldestWaitingSeconds: 0 },
    {
      queue: task.name,
      waiting: 1,
      active: 0,
      retrying: 0,
      failed: 1,
      oldestWaitingSeconds: 0,
      completedLastMinute: 1,
      isPaused: false,
      outage: null,
    },
  );
});
