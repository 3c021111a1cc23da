import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSmoke } from './smoke-checks.ts';
import { localTarget } from './targets.ts';

test('the smoke tests hold, and notice an answer that is not what it should be', async () => {
  await using target = await localTarget();
  const results = await runSmoke(target);
  assert.equal(results.length, 8);
  assert.deepEqual(
    results.filter(({ problem }) => problem !== undefined),
    [],
  );
  const broken = await runSmoke({
    ...target,
    send: async (request) => ({ ...(await target.send(request)), body: '{}' }),
  });
  assert.equal(broken.filter(({ problem }) => problem !== undefined).length, 8);
  const closed = await runSmoke({ ...target, apiKey: 'wrong' });
  assert.equal(closed.filter(({ problem }) => problem !== undefined).length, 7);
});
