import type { Database } from '#platform/db';
import type { Clock } from '#platform/telemetry';
import { takeRequests } from './caller-queries.ts';

/** Requests a minute over all processes: spec section 6.11. */
export interface RateLimit {
  /** False when the minute's requests are used up. */
  admit(): Promise<boolean>;
}

const MINUTE_MS = 60_000;
/** Share of the limit that a process takes at a time: one statement for a hundredth of the minute's requests. */
const SHARE = 100;

/** Undefined when there is no limit. */
export function createRateLimit(db: Database, clock: Clock, perMinute: number): RateLimit | undefined {
  if (perMinute === 0) return undefined;
  const block = Math.max(1, Math.floor(perMinute / SHARE));
  let minute = 0;
  let left = 0;
  let isUsedUp = false;
  let taking: Promise<void> | undefined;

  async function take(current: number): Promise<void> {
    const total = await takeRequests(db.kysely, new Date(current), block);
    minute = current;
    left = Math.max(0, Math.min(block, perMinute - (total - block)));
    isUsedUp = left === 0;
  }

  return {
    admit: async () => {
      for (;;) {
        const current = Math.floor(clock.now().getTime() / MINUTE_MS) * MINUTE_MS;
        if (minute === current && left > 0) {
          left -= 1;
          return true;
        }
        if (minute === current && isUsedUp) return false;
        // One process asks once at a time; those who waited for the answer look again.
        taking ??= take(current).finally(() => {
          taking = undefined;
        });
        await taking;
      }
    },
  };
}
