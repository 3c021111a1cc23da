import { type Database, openDatabase } from '#platform/db';

const MAX_CONNECTIONS = 4;

/**
 * Claims must read their rows from the index in order however wrong the statistics are, and they are at the worst
 * moment: a queue that was empty when last analysed and just got a million jobs. Measured at 100,000 jobs on a table
 * never analysed: 1,060 ms per claim of 500 as the planner would have it, 15 ms with these settings. Just-in-time
 * compilation is off because plans against a setting look costly enough to be compiled.
 */
export function openEngineDatabase(url: string): Database {
  return openDatabase({
    url,
    maxConnections: MAX_CONNECTIONS,
    applicationName: 'signalbox jobs',
    session: { enable_seqscan: 'off', enable_bitmapscan: 'off', enable_sort: 'off', jit: 'off' },
  });
}
