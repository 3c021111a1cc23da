import { setTimeout as sleep } from 'node:timers/promises';

/** Lets background work give way while events pour in. */
export interface BurstBrake {
  /** Tells of a full batch claimed for ingest: its oldest event, and the newest one that was accepted at all. */
  observe(batch: { oldestAt: Date; newestAcceptedAt: Date }): void;
  /** Called before each batch of any stage: waits for its turn during a burst, returns at once otherwise. */
  giveWay(signal: AbortSignal): Promise<void>;
}

/** Lag that a burst may build up before the pipeline takes its full share again; the target is two minutes. */
const TOLERATED_LAG_MS = 10_000;
/** How young the newest event of all is at least while events pour in. */
const POURING_MS = 500;
const BURST_MEMORY_MS = 1_000;
const TURN_MS = 120;

/**
 * A burst shows as full batches of young events while others go on arriving. While it lasts, stages take turns a few times a second, so that the
 * endpoint answers at its own speed on a machine that both share; what waits meanwhile is caught up with afterwards.
 * Old events in a full batch are a backlog, which is worked off at full speed.
 */
export function createBurstBrake(): BurstBrake {
  let burstUntil = 0;
  let turn: Promise<unknown> = Promise.resolve();
  return {
    observe: ({ oldestAt, newestAcceptedAt }) => {
      const now = Date.now();
      const isPouring = now - newestAcceptedAt.getTime() < POURING_MS;
      const isBacklog = now - oldestAt.getTime() >= TOLERATED_LAG_MS;
      burstUntil = isPouring && !isBacklog ? now + BURST_MEMORY_MS : 0;
    },
    giveWay: async (signal) => {
      if (Date.now() >= burstUntil) return;
      turn = turn.then(() => sleep(TURN_MS, undefined, { signal }).catch(() => undefined));
      await turn;
    },
  };
}
