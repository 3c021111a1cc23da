import { Client } from 'pg';
import type { Logger } from '#platform/telemetry';
import type { Queue } from './queue.ts';
import { dueQueuesStatement, listenForJobs, selectDueQueues } from './wake-queries.ts';

const FIRST_RECONNECT_MS = 250;
const MAX_RECONNECT_MS = 5_000;
// Retries, schedules and jobs of tasks that send no notification wait for this at most, half of it in the mean.
const LOOK_MS = 250;

/**
 * A connection that hears of new jobs and looks for due ones: one statement for all queues of the process, where each
 * queue that polls for itself costs a claim twice a second (sixty idle queues kept an eighth of a core busy). Both only
 * save time: a queue's own poll finds every job without them.
 */
export interface WakeListener {
  /** Whether queues may rely on it; if not, they poll often. */
  isWatching(): boolean;
  close(): Promise<void>;
}

/** `onWake` gets the name of a queue, or undefined when the connection came or went, and anything may have been missed. */
export function listenForWake(options: {
  url: string;
  log: Logger;
  queues: Pick<Queue, 'name' | 'table'>[];
  onWake: (queue: string | undefined) => void;
}): WakeListener {
  let isClosed = false;
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let delayMs = FIRST_RECONNECT_MS;
  let isWatching = false;

  async function connect(): Promise<void> {
    const next = new Client({
      connectionString: options.url,
      application_name: 'signalbox wake',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    client = next;
    next.on('error', () => reconnect(next));
    next.on('end', () => reconnect(next));
    next.on('notification', (message) => options.onWake(message.payload));
    try {
      await next.connect();
      await listenForJobs(next);
      delayMs = FIRST_RECONNECT_MS;
      isWatching = !isClosed;
      options.onWake(undefined);
      lookLater(next, dueQueuesStatement(options.queues, next));
    } catch (error) {
      // The outage itself is logged once by the workers.
      options.log.debug({ err: error }, 'jobs.listen_failed');
      reconnect(next);
    }
  }

  function lookLater(watching: Client, statement: string): void {
    if (isClosed || client !== watching) return;
    timer = setTimeout(async () => {
      try {
        for (const queue of await selectDueQueues(watching, statement)) options.onWake(queue);
        lookLater(watching, statement);
      } catch (error) {
        options.log.debug({ err: error }, 'jobs.look_failed');
        reconnect(watching);
      }
    }, LOOK_MS);
  }

  function reconnect(broken: Client): void {
    if (isClosed || client !== broken) return;
    client = undefined;
    clearTimeout(timer);
    if (isWatching) {
      isWatching = false;
      options.onWake(undefined);
    }
    void broken.end().catch(() => undefined);
    timer = setTimeout(() => void connect(), delayMs);
    delayMs = Math.min(delayMs * 2, MAX_RECONNECT_MS);
  }

  void connect();
  return {
    isWatching: () => isWatching,
    async close() {
      isClosed = true;
      isWatching = false;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
