import type { Database } from '#platform/db';
import type { Clock, Logger } from '#platform/telemetry';
import { RateLimitError, TooManyRequestsError } from '../errors.ts';
import type { NotifyMetrics } from '../events.ts';
import { type KeyType, limitOf, type NotificationType, type Service } from '../services/service.ts';
import { readCounts, type Taken, takeTokens } from './limit-queries.ts';

export interface RequestLimits {
  /**
   * Counts one request to send and refuses it when the rate of its service and key type, or today's messages of the
   * channel, are used up: public section 3.8, steps 2 and 3. When the counters cannot be reached requests pass.
   */
  admit(service: Service, keyType: KeyType, channel: NotificationType): Promise<void>;
}

interface Waiting {
  service: Service;
  keyType: KeyType;
  resolve: (admission: Admission) => void;
}

interface Admission {
  isWithinRate: boolean;
  counts: NonNullable<Taken['counts']>;
}

const OPEN: Admission = { isWithinRate: true, counts: {} };
const KEY_TYPE_WORDS: Record<KeyType, string> = { normal: 'LIVE', team: 'TEAM', test: 'TEST' };

/**
 * Exact over all processes: the buckets are rows. Requests that come while a statement is under way share the next one,
 * so the cost of a request falls as their number grows.
 */
export function createRequestLimits(options: {
  db: Database;
  clock: Clock;
  log: Logger;
  isRateLimited: boolean;
  isDailyLimited: boolean;
  metrics?: Pick<NotifyMetrics, 'rateLimiting'>;
}): RequestLimits {
  const { db, clock, log, isRateLimited, isDailyLimited, metrics } = options;
  let waiting: Waiting[] = [];
  let isRunning = false;

  const take = (service: Service, keyType: KeyType): Promise<Admission> => {
    const { promise, resolve } = Promise.withResolvers<Admission>();
    waiting.push({ service, keyType, resolve });
    if (!isRunning) {
      isRunning = true;
      setImmediate(() => void run());
    }
    return promise;
  };

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      const buckets = groupByBucket(group);
      try {
        const now = clock.now();
        const takings = [...buckets.values()].map(({ members, service, keyType }) => ({
          service_id: service.id,
          key_type: keyType,
          requests: members.length,
          rate_per_minute: service.ratePerMinute,
        }));
        const at = { seconds: now.getTime() / 1_000, day: dayOf(now) };
        const startedAt = performance.now();
        const found = await takeTokens(db.kysely, takings, at);
        const seconds = (performance.now() - startedAt) / 1_000;
        metrics?.rateLimiting.observe({ algorithm: 'token_bucket' }, seconds);
        for (const taken of found) settle(buckets, taken);
      } catch (error) {
        log.warn({ err: error }, 'limits are not counted: the database does not answer');
      }
      // Whatever got no answer passes: limits fail open (public section 6.11).
      for (const { members } of buckets.values()) for (const member of members) member.resolve(OPEN);
    }
    isRunning = false;
  };

  const countsToday = async (service: Service): Promise<Admission> => {
    try {
      return { isWithinRate: true, counts: await readCounts(db.kysely, service.id, dayOf(clock.now())) };
    } catch (error) {
      log.warn({ err: error }, 'limits are not counted: the database does not answer');
      return OPEN;
    }
  };

  return {
    admit: async (service, keyType, channel) => {
      if (!isRateLimited && !isDailyLimited) return;
      const { isWithinRate, counts } = isRateLimited
        ? await take(service, keyType)
        : await countsToday(service);
      if (!isWithinRate) {
        log.info({ serviceId: service.id, limit: service.ratePerMinute }, 'service has been rate limited');
        throw new RateLimitError(KEY_TYPE_WORDS[keyType], service.ratePerMinute);
      }
      if (!isDailyLimited) return;
      const limit = limitOf(service, keyType, channel);
      const count = keyType === 'test' ? 0 : Number(counts[channel] ?? 0);
      if (count + 1 > limit) {
        log.info({ serviceId: service.id, channel, count, limit }, 'daily limit reached');
        throw new TooManyRequestsError(channel, limit);
      }
    },
  };
}

/** The UTC day that counters are kept for. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

type Buckets = Map<string, { service: Service; keyType: KeyType; members: Waiting[] }>;

function groupByBucket(group: Waiting[]): Buckets {
  const buckets: Buckets = new Map();
  for (const member of group) {
    const key = `${member.service.id} ${member.keyType}`;
    const bucket = buckets.get(key);
    if (bucket) bucket.members.push(member);
    else buckets.set(key, { service: member.service, keyType: member.keyType, members: [member] });
  }
  return buckets;
}

/** The first requests get the tokens; the bucket keeps one, so its burst is one less than its size. */
function settle(buckets: Buckets, taken: Taken): void {
  const bucket = buckets.get(`${taken.service_id} ${taken.key_type}`);
  for (const [place, member] of (bucket?.members ?? []).entries()) {
    member.resolve({ isWithinRate: taken.available - (place + 1) >= 1, counts: taken.counts ?? {} });
  }
}
