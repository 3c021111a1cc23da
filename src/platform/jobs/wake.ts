import { Client } from 'pg';
import type { Logger } from '#platform/telemetry';
import { listenForJobs } from './wake-queries.ts';

const FIRST_RECONNECT_MS = 250;
const MAX_RECONNECT_MS = 5_000;

/** A connection that listens for new jobs. Notifications only save time: polling finds every job without them. */
export interface WakeListener {
  close(): Promise<void>;
}

/** `onWake` gets the name of a queue, or undefined after a reconnect, when any notification may have been missed. */
export function listenForWake(options: {
  url: string;
  log: Logger;
  onWake: (queue: string | undefined) => void;
}): WakeListener {
  let isClosed = false;
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let delayMs = FIRST_RECONNECT_MS;

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
      options.onWake(undefined);
    } catch (error) {
      // The outage itself is logged once by the workers.
      options.log.debug({ err: error }, 'jobs.listen_failed');
      reconnect(next);
    }
  }

  function reconnect(broken: Client): void {
    if (isClosed || client !== broken) return;
    client = undefined;
    void broken.end().catch(() => undefined);
    timer = setTimeout(() => void connect(), delayMs);
    delayMs = Math.min(delayMs * 2, MAX_RECONNECT_MS);
  }

  void connect();
  return {
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
