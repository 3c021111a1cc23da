import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidPayloadError, perJob } from './index.ts';
import { eventually, openJobs, stepTask } from './jobs.fixture.ts';

test('a schedule sends one job when it is due, however many workers run', async () => {
  await using fixture = await openJobs();
  const engines = [fixture.open(), fixture.open()];
  const seen: number[] = [];
  const task = stepTask({
    name: 'testing.scheduled',
    run: perJob(async (job) => void seen.push(job.payload.step)),
  });
  // Due each minute, and so within the minute before now.
  await engines[0]?.schedule(task, '* * * * *', { timeZone: 'Europe/London', payload: { step: 5 } });
  await assert.rejects(
    fixture.jobs.schedule(task, '* * * * *', { payload: { step: 'x' } }),
    InvalidPayloadError,
  );
  await Promise.all(engines.map((engine) => engine.start([task])));
  await eventually(() => seen.length > 0);
  await Promise.all(engines.map((engine) => engine.stop()));
  assert.deepEqual(seen, [5]);
  await fixture.jobs.unschedule(task);
});
