import { setTimeout as sleep } from 'node:timers/promises';

/** Lets background work give way while events pour in. */
export interface BurstBrake {
  /** Tells of a claimed batch of newly accepted events. */
  observe(batch: { isFull: boolean; oldestAt: Date }): void;
  /** Called before each batch of any stage: waits for its turn during a burst, returns at once otherwise. */
  giveWay(signal: AbortSignal): Promise<void>;
}

/** Lag that a burst may build up before the pipeline takes its full share again; the target is two minutes. */
const TOLERATED_LAG_MS = 10_000;
const BURST_MEMORY_MS = 1_000;
const TURN_MS = 120;

/**
 * A burst shows as full batches of young events. While it lasts, stages take turns a few times a second, so that the
 * endpoint answers at its own speed on a machine that both share; what waits meanwhile is caught up with afterwards.
 * Old events in a full batch are a backlog, which is worked off at full speed.
 */
export function createBurstBrake(): BurstBrake {
  let burstUntil = 0;
  let turn: Promise<unknown> = Promise.resolve();
  return {
    observe: ({ isFull, oldestAt }) => {
      const now = Date.now();
      if (isFull && now - oldestAt.getTime() < TOLERATED_LAG_MS) burstUntil = now + BURST_MEMORY_MS;
      else if (isFull) burstUntil = 0;
    },
    giveWay: async (signal) => {
      if (Date.now() >= burstUntil) return;
      turn = turn.then(() => sleep(TURN_MS, undefined, { signal }).catch(() => undefined));
      await turn;
    },
  };
}
