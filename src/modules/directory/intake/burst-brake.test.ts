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

  const ago = (ms: number): Date => new Date(Date.now() - ms);

  it('lets work go on before anything came in', async () => {
    assert.equal(await isBraking(createBurstBrake()), false);
  });

  it('makes work wait for its turn while full batches of young events come in', async () => {
    const brake = createBurstBrake();
    brake.observe({ oldestAt: ago(100), newestAcceptedAt: ago(0) });
    assert.equal(await isBraking(brake), true);
  });

  it('takes full batches of old events for a backlog and lets go', async () => {
    const brake = createBurstBrake();
    brake.observe({ oldestAt: ago(100), newestAcceptedAt: ago(0) });
    brake.observe({ oldestAt: ago(60_000), newestAcceptedAt: ago(0) });
    assert.equal(await isBraking(brake), false);
  });

  it('lets go once events have stopped coming in', async () => {
    const brake = createBurstBrake();
    brake.observe({ oldestAt: ago(100), newestAcceptedAt: ago(0) });
    brake.observe({ oldestAt: ago(2_000), newestAcceptedAt: ago(1_000) });
    assert.equal(await isBraking(brake), false);
  });

  it('ends a wait when the worker stops', async () => {
    const brake = createBurstBrake();
    brake.observe({ oldestAt: ago(100), newestAcceptedAt: ago(0) });
    const stopping = new AbortController();
    const waiting = brake.giveWay(stopping.signal);
    stopping.abort();
    await waiting;
  });
});
