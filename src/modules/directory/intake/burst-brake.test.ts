import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBurstBrake } from './burst-brake.ts';

describe('the burst brake', () => {
  const { signal } = new AbortController();
  const isBraking = async (brake: ReturnType<typeof createBurstBrake>): Promise<boolean> => {
    const turn = Symbol('turn');
    const first = await Promise.race([
      brake.giveWay(signal).then(() => turn),
      new Promise((done) => setImmediate(done)),
    ]);
    return first !== turn;
  };

  it('lets work go on while nothing, or little, comes in', async () => {
    const brake = createBurstBrake();
    assert.equal(await isBraking(brake), false);
    brake.observe({ isFull: false, oldestAt: new Date() });
    assert.equal(await isBraking(brake), false);
  });

  it('makes work wait for its turn while full batches of young events come in', async () => {
    const brake = createBurstBrake();
    brake.observe({ isFull: true, oldestAt: new Date() });
    assert.equal(await isBraking(brake), true);
  });

  it('takes full batches of old events for a backlog and lets go', async () => {
    const brake = createBurstBrake();
    brake.observe({ isFull: true, oldestAt: new Date() });
    brake.observe({ isFull: true, oldestAt: new Date(Date.now() - 60_000) });
    assert.equal(await isBraking(brake), false);
  });

  it('ends a wait when the worker stops', async () => {
    const brake = createBurstBrake();
    brake.observe({ isFull: true, oldestAt: new Date() });
    const stopping = new AbortController();
    const waiting = brake.giveWay(stopping.signal);
    stopping.abort();
    await waiting;
  });
});
