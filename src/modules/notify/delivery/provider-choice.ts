import type { Database } from '#platform/db';
import type { Clock, Logger } from '#platform/telemetry';
import type { NotifyMetrics } from '../events.ts';
import { NOTIFY_USER_ID } from '../notifications/notification.ts';
import { createTimedCache } from '../services/timed-cache.ts';
import {
  countFailure,
  forgetFailures,
  listProviders,
  lockActiveSmsProviders,
  measureSlowness,
  type ProviderRow,
  type Slowness,
  setPriority,
} from './provider-queries.ts';

export interface ProviderChoice {
  /** A provider for one message, by the weights of the active ones; throws when none is active. */
  choose(channel: 'sms' | 'email', isInternational: boolean): Promise<string>;
  /** Counts a failed call; more than 50 in a minute move weight to the other provider. */
  noteFailure(name: string): Promise<void>;
  /** Each minute: moves weight away from a provider that is slow while another is not. */
  watchSlowness(): Promise<void>;
  /** Every five minutes: lets the weights drift back once nothing changed them for a while. */
  rest(): Promise<void>;
}

/** No active provider: the task retries. */
export class NoProviderError extends Error {
  constructor(channel: string) {
    super(`${channel} notification failed as no active providers`);
    this.name = 'NoProviderError';
  }
}

const CACHE_MS = 10_000;
const STEP = 10;
const FAILURES_A_MINUTE = 50;
const SLOW_SHARE = 0.15;
const RESTING: Readonly<Record<string, number>> = { mmg: 51, firetext: 49 };
const MINUTE_MS = 60_000;
/** Another worker may measure the next time: what this one reported must not stand beside that. */
const REPORTED_MS = 90_000;

/** Internals section 6.5. `available` names the providers that this deployment is configured for. */
export function createProviderChoice(options: {
  db: Database;
  clock: Clock;
  log: Logger;
  available: ReadonlySet<string>;
  random?: () => number;
  metrics?: ProviderMetrics;
}): ProviderChoice {
  const { db, clock, log, available, random = Math.random, metrics } = options;
  const cached = createTimedCache(CACHE_MS, () => listProviders(db.kysely));

  let forgetting: NodeJS.Timeout | undefined;

  /** Moves ten points from one to the other, unless somebody did so within `guardMs`. */
  const reduce = async (name: string, guardMs: number): Promise<void> => {
    await db.kysely.transaction().execute(async (trx) => {
      const active = await lockActiveSmsProviders(trx);
      const now = clock.now();
      const isRecent = active.some(
        (row) => row.updated_at !== null && row.updated_at.getTime() > now.getTime() - guardMs,
      );
      const slow = active.find((row) => row.identifier === name);
      const others = active.filter((row) => row.identifier !== name);
      const [other] = others.toSorted((a, b) => b.priority - a.priority);
      if (isRecent || !slow || !other) return;
      const changes = [
        {
          row: slow,
          priority: Math.max(slow.priority - STEP, 0),
          reason: 'Reduced due to reduced reliability',
        },
        {
          row: other,
          priority: Math.min(other.priority + STEP, 100),
          reason: 'Increased due to reduced reliability in other provider',
        },
      ];
      for (const { row, priority, reason } of changes) await change(trx, row, priority, reason, now);
    });
    cached.clear();
  };

  const change = async (
    trx: Parameters<typeof setPriority>[0],
    row: ProviderRow,
    priority: number,
    reason: string,
    now: Date,
  ) => {
    log.info(
      { provider: row.identifier, providerPriority: row.priority, providerPriorityNew: priority, reason },
      'Adjusting provider priority',
    );
    await setPriority(trx, { identifier: row.identifier, priority, now, createdBy: NOTIFY_USER_ID, reason });
  };

  return {
    choose: async (channel, isInternational) => {
      const rows = (await cached.get('all')).filter(
        (row) =>
          row.notification_type === channel &&
          row.active &&
          available.has(row.identifier) &&
          (!isInternational || row.supports_international),
      );
      const total = rows.reduce((sum, row) => sum + row.priority, 0);
      const weightOf = (row: ProviderRow) => (total === 0 ? 1 : row.priority);
      let ticket = random() * (total === 0 ? rows.length : total);
      for (const row of rows) {
        ticket -= weightOf(row);
        if (ticket < 0) return row.identifier;
      }
      const last = rows.at(-1);
      if (!last) throw new NoProviderError(channel);
      return last.identifier;
    },

    noteFailure: async (name) => {
      const failures = await countFailure(db.kysely, name, clock.now());
      if (failures <= FAILURES_A_MINUTE) return;
      log.warn({ provider: name, failures }, 'Error threshold exceeded for provider');
      await reduce(name, MINUTE_MS);
    },

    watchSlowness: async () => {
      const now = clock.now();
      await forgetFailures(db.kysely, now);
      const measured = await measureSlowness(db.kysely, now);
      const providers = await listProviders(db.kysely);
      if (metrics) {
        report(metrics, providers, measured);
        clearTimeout(forgetting);
        forgetting = setTimeout(() => forget(metrics), REPORTED_MS).unref();
      }
      const active = providers.filter(
        (row) => row.active && row.notification_type === 'sms' && available.has(row.identifier),
      );
      const slow = active.filter((row) => {
        const found = measured.find((one) => one.sent_by === row.identifier);
        return found !== undefined && found.slow / found.total >= SLOW_SHARE;
      });
      if (slow.length === 0 || slow.length === active.length) return;
      for (const row of slow) {
        log.warn({ provider: row.identifier }, 'Slow delivery notifications detected for provider');
        await reduce(row.identifier, 5 * MINUTE_MS);
      }
    },

    rest: async () => {
      await db.kysely.transaction().execute(async (trx) => {
        const active = await lockActiveSmsProviders(trx);
        const now = clock.now();
        const since = now.getTime() - 15 * MINUTE_MS;
        if (active.some((row) => row.updated_at !== null && row.updated_at.getTime() > since)) return;
        for (const row of active) {
          const goal = RESTING[row.identifier] ?? row.priority;
          const step = Math.max(-STEP, Math.min(STEP, goal - row.priority));
          if (step !== 0) await change(trx, row, row.priority + step, 'Adjusted back to resting point', now);
        }
      });
      cached.clear();
    },
  };
}

type ProviderMetrics = Pick<
  NotifyMetrics,
  'notDeliveredWithin' | 'providerPriority' | 'providerUpdatedAt' | 'providerInfo'
>;

/** Internals section 8.2: weights and slowness by provider. */
function report(metrics: ProviderMetrics, providers: readonly ProviderRow[], measured: readonly Slowness[]) {
  for (const row of providers) {
    const provider = row.identifier;
    metrics.providerPriority.set({ provider }, row.priority);
    metrics.providerInfo.set({ provider }, Number(row.active));
    if (row.updated_at) metrics.providerUpdatedAt.set({ provider }, row.updated_at.getTime() / 1_000);
    if (row.notification_type !== 'sms') continue;
    const found = measured.find((one) => one.sent_by === provider);
    const shares = [
      ['60', found?.over_one_minute],
      ['300', found?.slow],
      ['600', found?.over_ten_minutes],
    ] as const;
    for (const [seconds, late = 0] of shares) {
      metrics.notDeliveredWithin.set(
        { provider, time_window_delivery: seconds, time_window_evaluation: '900' },
        late / (found?.total || 1),
      );
    }
  }
}

function forget(metrics: ProviderMetrics): void {
  for (const gauge of [
    metrics.notDeliveredWithin,
    metrics.providerPriority,
    metrics.providerUpdatedAt,
    metrics.providerInfo,
  ]) {
    gauge.reset();
  }
}
