import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClaimer } from './claim.ts';
import type { TaskDefinition } from './index.ts';
import { eventually, type JobsFixture, openJobs, stepTask } from './jobs.fixture.ts';
import { createQueue } from './queue.ts';

let fixture: JobsFixture;
before(async () => {
  fixture = await openJobs();
});
after(() => fixture[Symbol.asyncDispose]());

const steps = (key: string, count: number) =>
  Array.from({ length: count }, (_, step) => ({ key, payload: { step } }));

test('the next job of one key waits for a turn and not for the backlog of another', async () => {
  const ran: string[] = [];
  const task = stepTask({
    name: 'testing.take_turns',
    fair: {},
    batchSize: 10,
    run: async (jobs) => void ran.push(...jobs.map((job) => job.key ?? '')),
  });
  await fixture.jobs.prepare([task]);
  await fixture.jobs.enqueue(null, task, steps('busy', 1_000));
  await fixture.jobs.enqueue(null, task, [...steps('calm', 1), ...steps('quiet', 2)]);
  await fixture.jobs.drain();
  assert.equal(ran.length, 1_003);
  for (const key of ['calm', 'quiet'])
    assert.ok(ran.lastIndexOf(key) < 30, `${key} ran at ${ran.lastIndexOf(key)}`);
});

test('retries that are not due hold nobody up and come back in their turn', async () => {
  const tries = new Map<string, number>();
  const task = stepTask({
    name: 'testing.fail_in_turn',
    fair: {},
    retries: { limit: 2, delaySeconds: 60, backoff: false },
    batchSize: 20,
    run: async (jobs) => {
      return jobs.map((job) => {
        const id = `${job.key} ${job.payload.step}`;
        tries.set(id, (tries.get(id) ?? 0) + 1);
        return job.key === 'broken' && (tries.get(id) ?? 0) < 3
          ? { id: job.id, status: 'failed', error: new Error('not yet') }
          : { id: job.id, status: 'completed' };
      });
    },
  });
  await fixture.jobs.prepare([task]);
  await fixture.jobs.enqueue(null, task, [...steps('broken', 50), ...steps('fine', 5)]);
  await fixture.jobs.drain();
  assert.equal([...tries].filter(([id, count]) => id.startsWith('broken') && count === 3).length, 50);
  assert.equal([...tries].filter(([id, count]) => id.startsWith('fine') && count === 1).length, 5);
});

test('of one key no more jobs run than its share, and more keys than fit into one claim all get their turn', async () => {
  const running = new Map<string, number>();
  let most = 0;
  let done = 0;
  const task = stepTask({
    name: 'testing.share_out',
    fair: { maxActivePerKey: 3 },
    batchSize: 7,
    concurrency: 5,
    run: async (jobs) => {
      for (const { key } of jobs) {
        running.set(key ?? '', (running.get(key ?? '') ?? 0) + 1);
        most = Math.max(most, running.get(key ?? '') ?? 0);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
      for (const { key } of jobs) running.set(key ?? '', (running.get(key ?? '') ?? 0) - 1);
      done += jobs.length;
    },
  });
  const engine = fixture.open();
  await engine.prepare([task]);
  await engine.enqueue(null, task, Array.from({ length: 40 }, (_, key) => steps(`key ${key}`, 10)).flat());
  await engine.start([task]);
  await eventually(() => done === 400);
  assert.ok(most <= 3, `${most} of one key at a time`);
});

test('a job that comes for a key after its turn was over is drained with the next round', async () => {
  let ran = 0;
  const fed = stepTask({
    name: 'testing.second_round',
    fair: {},
    batchSize: 5,
    run: async (jobs) => {
      ran += jobs.length;
    },
  });
  const feeder = stepTask({
    name: 'testing.feed_round',
    batchSize: 1,
    run: async () => void (await fixture.jobs.enqueue(null, fed, steps('one', 1))),
  });
  await fixture.jobs.prepare([fed, feeder]);
  await fixture.jobs.enqueue(null, fed, steps('one', 1));
  await fixture.jobs.enqueue(null, feeder, [{ payload: { step: 0 } }]);
  await fixture.jobs.drain();
  assert.equal(ran, 2);
});

test('a fair job needs a key', async () => {
  const task = stepTask({ name: 'testing.need_key', fair: {}, run: async () => undefined });
  await assert.rejects(fixture.jobs.enqueue(null, task, [{ payload: { step: 1 } }]), /give each job a key/);
});

test('more keys than one claim looks at, all with jobs for later, leave the loop at rest', async () => {
  const task = stepTask({ name: 'testing.rest_between', fair: {}, run: async () => undefined });
  await fixture.jobs.prepare([task]);
  const startAfter = new Date(Date.now() + 3_600_000);
  const items = Array.from({ length: 250 }, (_, key) => ({
    key: `key ${key}`,
    payload: { step: 1 },
    startAfter,
  }));
  await fixture.jobs.enqueue(null, task, items);
  const queue = createQueue(task as unknown as TaskDefinition, await tableOfTask(task.name), 10);
  const claimer = createClaimer(fixture.db, queue);
  assert.deepEqual(await claimer.claim(100), { claims: [], hasMore: false });
  // A job behind all those keys is found by the first claim.
  await fixture.jobs.enqueue(null, task, [{ key: 'key zz', payload: { step: 1 } }]);
  assert.equal((await claimer.claim(100)).claims[0]?.rows.length, 1);
});

async function tableOfTask(name: string): Promise<string> {
  const { rows } = await fixture.db.pool.query('select table_name from pgboss.queue where name = $1', [name]);
  return rows[0]?.table_name;
}
