import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Type } from 'typebox';
import { defineTask, type Job, type JobOutcome, OutageError } from './index.ts';
import { ada, eventually, type JobsFixture, openJobs, stepTask } from './jobs.fixture.ts';

let fixture: JobsFixture;
before(async () => {
  fixture = await openJobs();
});
after(() => fixture[Symbol.asyncDispose]());

const KEYS = 200;
const STEPS = 25;

test('jobs of a key never overlap and finish in the order sent, whatever fails', {
  timeout: 60_000,
}, async () => {
  const running = new Set<string>();
  const finished = new Map<string, number[]>();
  const faults: string[] = [];
  const random = seededRandom(20261121);

  function begin(job: Job<{ step: number }>): void {
    const key = job.key ?? '';
    if (running.has(key)) faults.push(`${key}: ${job.payload.step} began beside another`);
    running.add(key);
    const last = finished.get(key)?.at(-1) ?? -1;
    if (job.payload.step !== last + 1) faults.push(`${key}: ${job.payload.step} began after ${last}`);
  }

  function settle(job: Job<{ step: number }>): JobOutcome {
    const dice = random();
    if (dice < 0.1) return { id: job.id, status: 'failed', error: new Error('dice') };
    if (dice < 0.15) return { id: job.id, status: 'postponed', delayMs: random() * 30 };
    if (dice < 0.2) return { id: job.id, status: 'postponed' };
    const key = job.key ?? '';
    finished.set(key, [...(finished.get(key) ?? []), job.payload.step]);
    return { id: job.id, status: 'completed' };
  }

  const task = stepTask({
    name: 'testing.keep_order',
    ordered: { onExhausted: 'hold' },
    retries: { limit: 1000, delaySeconds: 0, backoff: false },
    batchSize: 40,
    concurrency: 3,
    async run(jobs) {
      for (const job of jobs) begin(job);
      await new Promise((resolve) => setTimeout(resolve, random() * 5));
      const outcomes = jobs.map(settle);
      // Ended before the outcomes are written, so an overlap is seen only when it is one.
      for (const job of jobs) running.delete(job.key ?? '');
      if (random() < 0.02) return jobs.map((job) => undoFinished(finished, job));
      return outcomes;
    },
  });

  const engines = [fixture.open(), fixture.open(), fixture.open()];
  await engines[0]?.prepare([task]);
  for (const engine of engines) await engine.start([task]);
  // A few keys get most of the jobs, so that the window fills with keys that are blocked.
  for (let step = 0; step < STEPS; step++) {
    const items = Array.from({ length: KEYS }, (_, key) => ({ payload: { step }, key: `key-${key}` }));
    await engines[step % 3]?.enqueue(null, task, items);
  }
  await eventually(
    () => [...finished.values()].filter((steps) => steps.length === STEPS).length === KEYS,
    50_000,
  );
  await Promise.all(engines.map((engine) => engine.stop()));
  assert.deepEqual(faults, []);
});

test('keys behind one with a long backlog do not wait for it', async () => {
  const { jobs } = fixture;
  const seen: string[] = [];
  const task = stepTask({
    name: 'testing.hot_key',
    ordered: { onExhausted: 'release' },
    batchSize: 5,
    async run(batch) {
      seen.push(...batch.map((job) => job.key ?? ''));
    },
  });
  const hot = Array.from({ length: 100 }, (_, step) => ({ payload: { step }, key: 'hot' }));
  await jobs.enqueue(null, task, hot);
  await jobs.enqueue(
    null,
    task,
    [1, 2, 3, 4].map((n) => ({ payload: { step: n }, key: `cold-${n}` })),
  );
  await jobs.drain();
  assert.deepEqual(seen.slice(0, 5).sort(), ['cold-1', 'cold-2', 'cold-3', 'cold-4', 'hot']);
  assert.equal(seen.length, 104);
});

test('a held key waits until its failed job is retried, and the others go on', async () => {
  const { jobs } = fixture;
  const seen: string[] = [];
  let isBroken = true;
  const task = stepTask({
    name: 'testing.hold_key',
    ordered: { onExhausted: 'hold' },
    async run(batch) {
      return batch.map((job): JobOutcome => {
        if (isBroken && job.key === 'a' && job.payload.step === 1) {
          return { id: job.id, status: 'failed', error: new Error('broken') };
        }
        seen.push(`${job.key}${job.payload.step}`);
        return { id: job.id, status: 'completed' };
      });
    },
  });
  const ids = await jobs.enqueue(
    null,
    task,
    ['a', 'b'].flatMap((key) => [1, 2, 3].map((step) => ({ payload: { step }, key }))),
  );
  await jobs.drain();
  assert.deepEqual(seen, ['b1', 'b2', 'b3']);
  const failure = await jobs.failures.get(ids[0] as string);
  assert.equal(failure?.isHeld, true);
  isBroken = false;
  assert.deepEqual(await jobs.failures.retry([ids[0] as string], ada), [ids[0]]);
  await jobs.drain();
  assert.deepEqual(seen.slice(3), ['a1', 'a2', 'a3']);
  assert.equal((await jobs.failures.get(ids[0] as string))?.state, 'recovered');
});

test('a held key goes on when its failed job is ignored', async () => {
  const { jobs } = fixture;
  const seen: number[] = [];
  const task = stepTask({
    name: 'testing.ignore_held',
    ordered: { onExhausted: 'hold' },
    async run(batch) {
      return batch.map((job): JobOutcome => {
        if (job.payload.step === 1) return { id: job.id, status: 'refused', error: new Error('never') };
        seen.push(job.payload.step);
        return { id: job.id, status: 'completed' };
      });
    },
  });
  const ids = await jobs.enqueue(
    null,
    task,
    [1, 2].map((step) => ({ payload: { step }, key: 'k' })),
  );
  await jobs.drain();
  assert.deepEqual(seen, []);
  await jobs.failures.ignore([ids[0] as string], 'known and harmless', ada);
  await jobs.drain();
  assert.deepEqual(seen, [2]);
  const failure = await jobs.failures.get(ids[0] as string);
  assert.deepEqual([failure?.state, failure?.ignoreReason], ['ignored', 'known and harmless']);
  assert.ok(fixture.audited.includes(`job.ignored job:${ids[0]}`));
});

test('a released key goes on at once', async () => {
  const { jobs } = fixture;
  const seen: number[] = [];
  const task = defineTask({
    name: 'testing.release_key',
    payload: Type.Object({ step: Type.Number() }),
    ordered: { onExhausted: 'release' },
    retries: { limit: 1, delaySeconds: 0, backoff: false },
    batchSize: 10,
    concurrency: 1,
    timeoutSeconds: 10,
    async run(batch) {
      return batch.map((job): JobOutcome => {
        seen.push(job.payload.step);
        if (job.payload.step === 1) return { id: job.id, status: 'failed', error: new Error('broken') };
        return { id: job.id, status: 'completed' };
      });
    },
  });
  await jobs.enqueue(
    null,
    task,
    [1, 2].map((step) => ({ payload: { step }, key: 'k' })),
  );
  await jobs.drain();
  assert.deepEqual(seen, [1, 1, 2]);
});

test('drain rejects when something outside is down', async () => {
  const { jobs } = fixture;
  const task = stepTask({
    name: 'testing.drain_outage',
    async run() {
      throw new OutageError('NOMIS', { cause: new Error('503') });
    },
  });
  await jobs.enqueue(null, task, [{ payload: { step: 1 } }]);
  await assert.rejects(jobs.drain(), /NOMIS does not answer/);
  await jobs.pause(task.name, ada);
});

/** What a crash between the effect and its record looks like to the next run: nothing was done. */
function undoFinished(finished: Map<string, number[]>, job: Job<{ step: number }>): JobOutcome {
  const steps = finished.get(job.key ?? '') ?? [];
  if (steps.at(-1) === job.payload.step) finished.set(job.key ?? '', steps.slice(0, -1));
  return { id: job.id, status: 'failed', error: new Error('batch dice') };
}

function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    // Park and Miller: good enough to vary a test, and the same in each run.
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

test('a task that gathers takes what trickles in as one batch', async () => {
  const batches: number[] = [];
  const task = stepTask({
    name: 'testing.gather',
    retries: { limit: 0, delaySeconds: 0, backoff: false },
    batchSize: 40,
    concurrency: 3,
    gatherMs: 1_000,
    async run(jobs) {
      batches.push(jobs.length);
    },
  });
  await using jobs = fixture.open();
  await jobs.start([task]);
  await jobs.enqueue(null, task, [{ payload: { step: 0 } }]);
  await eventually(() => batches.length === 1);
  for (let step = 1; step <= 5; step++) await jobs.enqueue(null, task, [{ payload: { step } }]);
  await eventually(() => batches.length === 2);
  assert.deepEqual(batches, [1, 5]);
});

test('the live keys are those with a job that waits, retries or holds its key', async () => {
  const { jobs, db } = fixture;
  const task = stepTask({
    name: 'testing.live_keys',
    ordered: { onExhausted: 'hold' },
    retries: { limit: 0, delaySeconds: 0, backoff: false },
    batchSize: 10,
    concurrency: 1,
    async run(batch) {
      return batch.map((job) =>
        job.key === 'held'
          ? { id: job.id, status: 'failed', error: new Error('no') }
          : { id: job.id, status: 'completed' },
      );
    },
  });
  await using worker = fixture.open();
  await worker.prepare([task]);
  const send = (key: string) => worker.enqueue(null, task, [{ payload: { step: 0 }, key }]);
  await send('held');
  await send('done');
  await worker.drain();
  await send('waiting');
  const live = await jobs.findLiveKeys(db.kysely, task, ['held', 'done', 'waiting', 'unknown']);
  assert.deepEqual([...live].sort(), ['held', 'waiting']);
});
