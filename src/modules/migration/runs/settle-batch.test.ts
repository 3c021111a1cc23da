import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwaitingParentError } from '../engine/domain.ts';
import { outcomeOfFailure } from './settle-batch.ts';

test('a record waits for its parent longer and longer, and after its time the waiting is a failure', () => {
  const error = new AwaitingParentError('LOCATIONS', '25001');
  const outcomeAfter = (seconds: number) =>
    outcomeOfFailure(
      { config: { parentWaitSeconds: 60 } },
      { id: 'job', enqueuedAt: new Date(Date.now() - seconds * 1000) },
      error,
    );
  const delays = [0, 10, 59].map((seconds) => {
    const outcome = outcomeAfter(seconds);
    assert.ok(outcome.status === 'postponed');
    return outcome.delayMs ?? 0;
  });
  assert.ok(delays[0] !== undefined && delays[0] >= 250 && delays[0] < 1000);
  assert.ok(delays[1] !== undefined && delays[1] > 2000);
  assert.equal(delays[2], 10_000);
  assert.deepEqual(outcomeAfter(61), { id: 'job', status: 'failed', error });
});
