import type { Handle } from '#platform/db';
import type { Clock, Logger, Metrics } from '#platform/telemetry';
import { addUpSignals, deleteOldSignals, type SignalSum, upsertSignals } from './signal-queries.ts';

/** Alarms of the shared layer outlive a release; the others belong to the release that works (8.5). */
export type AlarmScope = 'shared' | 'release';

/** Counts of what alarms look at. Adding costs an addition; sums go to the database every two seconds. */
export interface Signals {
  count(scope: AlarmScope, name: string, times?: number): void;
  /** A value of which the average and the maximum matter. */
  measure(scope: AlarmScope, name: string, value: number): void;
  flush(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SignalOptions {
  handle: Handle;
  clock: Clock;
  log: Logger;
  environments: Record<AlarmScope, string>;
  /** Length of a slot: the finest that alarms can tell apart. */
  slotSeconds: number;
  metrics: Metrics;
  /** Counted from zero on, so that Prometheus sees their first occurrence as an increase. */
  known: { scope: AlarmScope; name: string }[];
}

const FLUSH_MS = 2_000;
/** Slots are kept for longer than the longest look back of an alarm, which is the hour of the latency alarms. */
const FINE_MS = 2 * 3_600_000;
/** Sums of five minutes, for the day that the dashboard shows. */
const KEPT_MS = 25 * 3_600_000;

/**
 * What a process has not yet written is lost with it: at most two seconds of counts. The register and the metrics do
 * not depend on it.
 */
export function createSignals(options: SignalOptions): Signals {
  const { handle, clock, log, environments, slotSeconds } = options;
  const counter = options.metrics.counter(
    'signalbox_directory_signals_total',
    'What alarms look at, and the metrics of DoS Integration by their original names',
    ['signal', 'environment'],
  );
  for (const { scope, name } of options.known)
    counter.inc({ signal: name, environment: environments[scope] }, 0);
  let sums = new Map<string, SignalSum>();
  let timer: NodeJS.Timeout | undefined;
  let isFailing = false;

  const add = (scope: AlarmScope, name: string, times: number, value: number): void => {
    const slotMs = slotSeconds * 1_000;
    const slot = new Date(Math.floor(clock.now().getTime() / slotMs) * slotMs);
    const environment = environments[scope];
    counter.inc({ signal: name, environment }, times);
    const key = `${environment}\n${name}\n${slot.getTime()}`;
    const sum = sums.get(key);
    if (sum) {
      sum.count += times;
      sum.total += value;
      sum.maximum = Math.max(sum.maximum, value);
    } else sums.set(key, { environment, name, slot, count: times, total: value, maximum: value });
    timer ??= setTimeout(() => void tryFlush(), FLUSH_MS).unref();
  };
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const written = [...sums.values()];
    if (written.length === 0) return;
    sums = new Map();
    await upsertSignals(handle, written);
  };
  const tryFlush = async (): Promise<void> => {
    try {
      await flush();
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ err: error }, 'counts for alarms not written');
      isFailing = true;
    }
  };

  return {
    count: (scope, name, times = 1) => add(scope, name, times, 0),
    measure: (scope, name, value) => add(scope, name, 1, value),
    flush,
    [Symbol.asyncDispose]: tryFlush,
  };
}

/** Adds up what no alarm looks at any more, and forgets what the dashboard does not show either. */
export async function purgeSignals(handle: Handle, now: Date): Promise<void> {
  await addUpSignals(handle, new Date(now.getTime() - FINE_MS));
  await deleteOldSignals(handle, new Date(now.getTime() - KEPT_MS));
}
