import type { Database } from '#platform/db';
import type { Clock, Logger } from '#platform/telemetry';
import { addCallCounts, type CallCountRow } from './caller-queries.ts';

/** Counts calls by key, operation, status and hour, and writes the sums every few seconds. */
export interface CallCounts {
  add(call: { application: string; keyName: string; operation: string; status: number }): void;
  /** Writes what has been counted since the last time. */
  flush(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const FLUSH_MS = 3_000;
const HOUR_MS = 3_600_000;

interface Count {
  hour: string;
  application: string;
  keyName: string;
  operation: string;
  status: number;
  calls: number;
  lastCalledAt: Date;
}

export function createCallCounts(db: Database, clock: Clock, log: Logger): CallCounts {
  let counts = new Map<string, Count>();
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    const written = counts;
    counts = new Map();
    if (written.size > 0) await addCallCounts(db.kysely, [...written.values()].map(toRow));
  }

  // A lost statistic must not disturb requests; the next interval writes its own.
  const flushLater = () => {
    timer = undefined;
    flush().catch((error: unknown) => log.warn({ err: error }, 'call counts not written'));
  };

  return {
    add: ({ application, keyName, operation, status }) => {
      const key = `${keyName}\n${operation}\n${status}`;
      const now = clock.now();
      const known = counts.get(key);
      if (known) {
        known.calls += 1;
        known.lastCalledAt = now;
        return;
      }
      counts.set(key, {
        hour: new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS).toISOString(),
        application,
        keyName,
        operation,
        status,
        calls: 1,
        lastCalledAt: now,
      });
      timer ??= setTimeout(flushLater, FLUSH_MS).unref();
    },
    flush,
    [Symbol.asyncDispose]: async () => {
      clearTimeout(timer);
      await flush();
    },
  };
}

function toRow(count: Count): CallCountRow {
  const { keyName, lastCalledAt, ...rest } = count;
  return { ...rest, key_name: keyName, last_called_at: lastCalledAt.toISOString() };
}
