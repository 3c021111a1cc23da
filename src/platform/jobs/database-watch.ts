import { type Database, isConnectionFailure, sqlState } from '#platform/db';
import type { Logger } from '#platform/telemetry';
import { pingDatabase } from './database-watch-queries.ts';

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 1_000;

/**
 * Tells outages of our own database from everything else, so that they burn no attempts, and logs each outage once
 * however many loops notice it.
 */
export interface DatabaseWatch {
  /** True when the error says that our database is away, not some other server a task called. */
  isOutage(error: unknown): Promise<boolean>;
  /** Repeats the work until the database answers; gives up with the error when `signal` is aborted. */
  persist<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  report(error: unknown): void;
  /** When the database was last found to be back, in milliseconds since the epoch; 0 when it never went. */
  backSince(): number;
}

export function createDatabaseWatch(db: Database, log: Logger): DatabaseWatch {
  const port = portOf(db.url);
  let isDown = false;
  let backAt = 0;

  function report(error: unknown): void {
    if (!isDown) log.warn({ err: error }, 'jobs.database_outage');
    isDown = true;
  }

  function reportUp(): void {
    if (!isDown) return;
    isDown = false;
    backAt = Date.now();
    log.info('jobs.database_back');
  }

  async function isOutage(error: unknown): Promise<boolean> {
    if (!isConnectionFailure(error)) return false;
    // Only PostgreSQL speaks in SQLSTATEs; a socket fault may also be that of a supplier the task called.
    if (sqlState(error) !== undefined || connectPort(error) === port) return true;
    if (connectPort(error) !== undefined || isFetchFault(error)) return false;
    return pingDatabase(db).then(
      () => false,
      () => true,
    );
  }

  return {
    isOutage,
    report,
    backSince: () => (isDown ? Date.now() : backAt),
    async persist(work, signal) {
      for (let delayMs = FIRST_RETRY_MS; ; delayMs = Math.min(delayMs * 2, MAX_RETRY_MS)) {
        try {
          const result = await work();
          reportUp();
          return result;
        } catch (error) {
          if (!(await isOutage(error))) throw error;
          report(error);
          if (signal.aborted) throw error;
          await abortableDelay(delayMs, signal);
        }
      }
    },
  };
}

/** Resolves after the time or when aborted, whichever comes first. */
export function abortableDelay(delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done);
  });
}

function portOf(url: string): number {
  return URL.canParse(url) ? Number(new URL(url).port || 5432) : 5432;
}

function connectPort(error: unknown): number | undefined {
  const faults = error instanceof AggregateError ? error.errors : [error];
  for (const fault of faults) {
    if (typeof fault === 'object' && fault !== null && typeof fault.port === 'number') return fault.port;
  }
  return undefined;
}

function isFetchFault(error: unknown): boolean {
  return error instanceof TypeError && error.message === 'fetch failed';
}
