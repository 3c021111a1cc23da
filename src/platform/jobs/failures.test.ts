import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { InvalidPayloadError, type JobOutcome, type Jobs, type TaskDefinition } from './index.ts';
import { ada, type JobsFixture, openJobs, type Step, stepTask } from './jobs.fixture.ts';

let fixture: JobsFixture;
before(async () => {
  fixture = await openJobs();
});
after(() => fixture[Symbol.asyncDispose]());

type StepTask = TaskDefinition<typeof Step>;

/** A task that fails for the steps in the set, which a test empties to mend it. */
function brokenTask(name: string, broken: Set<number>, seen: number[] = []): StepTask {
  return stepTask({
    name,
    batchSize: 100,
    async run(jobs) {
      return jobs.map((job): JobOutcome => {
        seen.push(job.payload.step);
        if (!broken.has(job.payload.step)) return { id: job.id, status: 'completed' };
        return { id: job.id, status: 'failed', error: Object.assign(new Error('down'), { status: 503 }) };
      });
    },
  });
}

async function failSteps(jobs: Jobs, task: StepTask, steps: number[]): Promise<string[]> {
  const ids = await jobs.enqueue(
    null,
    task,
    steps.map((step) => ({ payload: { step }, correlationId: `c-${step}` })),
  );
  await jobs.drain();
  return ids;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('failures are found by what is known of them, newest first and page by page', async () => {
  const { jobs } = fixture;
  const task = brokenTask('testing.find_failures', new Set(upTo(5)));
  const ids = await failSteps(jobs, task, upTo(5));
  const filter = { task: task.name };
  assert.equal(await jobs.failures.count(filter), 5);
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await jobs.failures.list(filter, { limit: 2, ...(after === undefined ? {} : { after }) });
    seen.push(...page.failures.map((failure) => failure.id));
    after = page.next;
  } while (after !== undefined);
  assert.deepEqual(seen.sort(), [...ids].sort());
  const found = async (more: object) =>
    (await jobs.failures.list({ ...filter, ...more }, { limit: 10 })).failures.map((failure) => failure.id);
  assert.deepEqual(await found({ correlationId: 'c-3' }), [ids[2]]);
  assert.equal((await found({ cause: 'HTTP 503', state: 'failed' })).length, 5);
  assert.deepEqual(await found({ cause: 'HTTP 404' }), []);
  assert.deepEqual(await found({ since: new Date(Date.now() + 60_000) }), []);
  assert.equal((await found({ until: new Date(Date.now() + 60_000) })).length, 5);
});

test('an edited payload runs under the same id and the former one is kept', async () => {
  const { jobs } = fixture;
  const seen: number[] = [];
  const task = brokenTask('testing.edit_payload', new Set([1]), seen);
  const [id = ''] = await failSteps(jobs, task, [1]);
  await assert.rejects(jobs.failures.edit(id, { step: 'x' }, ada), InvalidPayloadError);
  assert.equal(await jobs.failures.edit(id, { step: 2 }, ada), 'edited');
  assert.deepEqual(await jobs.failures.retry([id], ada), [id]);
  assert.deepEqual(await jobs.failures.retry([id], ada), [], 'it is no longer failed');
  await jobs.drain();
  assert.deepEqual(seen, [1, 2]);
  const failure = await jobs.failures.get(id);
  assert.equal(failure?.state, 'recovered');
  assert.deepEqual(failure?.payload, { step: 2 });
  assert.deepEqual(
    failure?.payloadVersions.map(({ payload, by }) => ({ payload, by })),
    [{ payload: { step: 1 }, by: ada }],
  );
  assert.equal(await jobs.failures.edit(id, { step: 3 }, ada), 'not_editable');
  assert.equal(
    await jobs.failures.edit('00000000-0000-7000-8000-000000000000', { step: 3 }, ada),
    'not_found',
  );
  assert.deepEqual(
    fixture.audited.filter((entry) => entry.endsWith(id)),
    [`job.edited job:${id}`, `job.retried job:${id}`],
  );
});

test('a job that fails again after a retry keeps one record with all its attempts', async () => {
  const { jobs } = fixture;
  const task = brokenTask('testing.fail_again', new Set([1]));
  const [id = ''] = await failSteps(jobs, task, [1]);
  await jobs.failures.retry([id], ada);
  await jobs.drain();
  const failure = await jobs.failures.get(id);
  assert.deepEqual([failure?.state, failure?.attemptCount], ['failed', 2]);
  assert.equal(await jobs.failures.count({ task: task.name }), 1);
});

test('a dry run only counts', async () => {
  const { jobs } = fixture;
  const task = brokenTask('testing.dry_run', new Set(upTo(3)));
  await failSteps(jobs, task, upTo(3));
  assert.deepEqual(await jobs.failures.redrive({ task: task.name }, { actor: ada, dryRun: true }), {
    matched: 3,
  });
  await jobs.drain();
  assert.equal(await jobs.failures.count({ task: task.name, state: 'failed' }), 3);
});

test('a redrive runs all that match once the task is mended', async () => {
  const { jobs } = fixture;
  const broken = new Set(upTo(30));
  const task = brokenTask('testing.redrive_all', broken);
  await failSteps(jobs, task, upTo(30));
  broken.clear();
  const { id = '', matched } = await jobs.failures.redrive({ task: task.name }, { actor: ada, canary: 5 });
  assert.equal(matched, 30);
  await jobs.drain();
  assert.equal(await jobs.failures.count({ task: task.name, state: 'recovered' }), 30);
  const redrive = await jobs.failures.getRedrive(id);
  assert.deepEqual([redrive?.state, redrive?.redriven], ['finished', 30]);
  assert.ok(fixture.audited.includes(`redrive.started redrive:${id}`));
});

test('a redrive stops after a canary that fails, and goes on when told to', async () => {
  const { jobs } = fixture;
  const broken = new Set(upTo(20));
  const seen: number[] = [];
  const task = brokenTask('testing.redrive_canary', broken, seen);
  await failSteps(jobs, task, upTo(20));
  seen.length = 0;
  const { id = '' } = await jobs.failures.redrive({ task: task.name }, { actor: ada, canary: 3 });
  await jobs.drain();
  assert.equal(seen.length, 3);
  const paused = await jobs.failures.getRedrive(id);
  assert.deepEqual([paused?.state, paused?.reason], ['paused', '3 jobs of the canary failed again.']);
  broken.clear();
  assert.equal(await jobs.failures.resumeRedrive(id, ada), true);
  await jobs.drain();
  // The canary failed again after the redrive began, so it is left for the next one.
  assert.equal(await jobs.failures.count({ task: task.name, state: 'recovered' }), 17);
  assert.equal(await jobs.failures.count({ task: task.name, state: 'failed' }), 3);
});

test('a redrive pauses when too many fail again', async () => {
  const { jobs } = fixture;
  const task = brokenTask('testing.redrive_errors', new Set(upTo(2500)));
  await failSteps(jobs, task, upTo(2500));
  const { id = '' } = await jobs.failures.redrive({ task: task.name }, { actor: ada, pauseOnErrorRate: 0.2 });
  await jobs.drain();
  const redrive = await jobs.failures.getRedrive(id);
  assert.equal(redrive?.state, 'paused');
  assert.ok(Number(redrive?.redriven) <= 1500, `${redrive?.redriven} were redriven`);
  assert.equal(await jobs.failures.cancelRedrive(id, ada), true);
  assert.equal((await jobs.failures.getRedrive(id))?.state, 'cancelled');
});

test('a worker advances a redrive at its rate, and another one goes on after it is gone', async () => {
  const first = fixture.open();
  const second = fixture.open();
  const broken = new Set(upTo(12));
  const task = brokenTask('testing.redrive_rate', broken);
  await failSteps(first, task, upTo(12));
  broken.clear();
  const { id = '' } = await first.failures.redrive({ task: task.name }, { actor: ada, ratePerSecond: 5 });
  const redriven = async () => (await second.failures.getRedrive(id))?.redriven ?? 0;
  await first.start([task]);
  const startedAt = Date.now();
  while ((await redriven()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await first.stop();
  assert.ok((await redriven()) <= 10, 'not all at once');
  await second.start([task]);
  while ((await second.failures.getRedrive(id))?.state !== 'finished') {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(Date.now() - startedAt > 1000, 'twelve at five a second take two seconds');
  await second.stop();
});
