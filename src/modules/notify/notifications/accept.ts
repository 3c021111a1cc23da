import {
  createGroupCommit,
  type Database,
  type GroupCommit,
  type Handle,
  isConnectionFailure,
  sqlState,
} from '#platform/db';
import type { Jobs, TaskOptions } from '#platform/jobs';
import { RequestTimeoutError, TooManyRequestsError } from '../errors.ts';
import type { NotifyMetrics } from '../events.ts';
import { type Counting, countAhead, readCounts, uncount } from '../limits/limit-queries.ts';
import { dayOf } from '../limits/request-limits.ts';
import type { CountedChannel, KeyType, NotificationType } from '../services/service.ts';
import { insertNotifications } from './accept-queries.ts';
import { jobIdOf, type Status } from './notification.ts';

/** A row to be; names are those of the columns. */
export interface NewNotification {
  id: string;
  service_id: string;
  template_id: string;
  template_version: number;
  api_key_id: string | null;
  key_type: KeyType;
  notification_type: NotificationType;
  status: Status;
  created_at: Date;
  sent_at?: Date;
  client_reference: string | null;
  reference?: string;
  recipient: string;
  normalised_to: string | null;
  /** Sealed JSON in base64. */
  personalisation: string;
  billable_units: number;
  international: boolean;
  phone_prefix?: string;
  rate_multiplier?: number;
  reply_to_text?: string;
  postage?: string;
  document_download_count?: number;
  unsubscribe_link?: string;
  created_by_id?: string;
  /** The bulk send and the row of its file. */
  job_id?: string;
  job_row_number?: number;
  correlation_id: string;
}

export interface Acceptance {
  notification: NewNotification;
  /** The task that takes the notification its first step; without one nothing is queued. */
  task: TaskOptions;
  /** Daily counters that grow by one with their limits; none for test keys. */
  counts: readonly { channel: CountedChannel; limit: number }[];
  /** When, by `performance.now()`, its caller is told that the request took too long: nothing is stored from then on. */
  deadline?: number | undefined;
}

export interface Acceptor {
  /**
   * Resolves once row and job are durable together, and counted: after that the message will be processed, and after a
   * rejection it will not (public section 3.8). Throws a 429 when a daily limit was reached meanwhile, and a 504 when the
   * deadline passed before anything was stored.
   */
  accept(acceptance: Acceptance): Promise<void>;
  drain(): Promise<void>;
}

/** Requests that arrive while a commit is under way share the next one. */
const LARGEST_GROUP = 200;
// Larger groups: a tenth of the web process's time at 2,500 messages a second.
const MIN_INTERVAL_MS = 10;
const OVER_LIMIT = 'NT429';

export function createAcceptor(options: {
  db: Database;
  jobs: Jobs;
  /** Off, the messages of a day are counted and none is refused. */
  isDailyLimited: boolean;
  metrics: Pick<NotifyMetrics, 'dailyLimiting'>;
}): Acceptor {
  const { db, jobs, isDailyLimited, metrics } = options;
  const groups = new Map<string, GroupCommit<Acceptance>>();
  const groupFor = (task: TaskOptions): GroupCommit<Acceptance> => {
    const known = groups.get(task.name);
    if (known) return known;
    const group = createGroupCommit<Acceptance>({
      db,
      maxItems: LARGEST_GROUP,
      // Groups are written while the COMMIT of one before waits for the disk, and then share the next flush.
      maxConcurrentCommits: 3,
      minIntervalMs: MIN_INTERVAL_MS,
      isOneStatement: true,
      // The connection first: waiting for one takes time, too.
      commit: (handle, items) =>
        handle.connection().execute(async (connection) => {
          if (items.some(isLate)) throw new RequestTimeoutError();
          const countings = sumCounts(isDailyLimited ? items : items.map(withoutLimits));
          const startedAt = performance.now();
          await countAhead(connection, countings);
          metrics.dailyLimiting.observe((performance.now() - startedAt) / 1_000);
          try {
            await commitTogether(connection, jobs, task, items);
          } catch (error) {
            // Where the connection broke the messages may be there, and the count with them.
            if (!isConnectionFailure(error)) await uncount(connection, countings);
            throw error;
          }
        }),
    });
    groups.set(task.name, group);
    return group;
  };
  return {
    accept: async (acceptance) => {
      try {
        await groupFor(acceptance.task).add(acceptance);
      } catch (error) {
        if (sqlState(error) !== OVER_LIMIT) throw error;
        throw isLate(acceptance) ? new RequestTimeoutError() : await explainRefusal(db, acceptance);
      }
    },
    drain: async () => {
      await Promise.all([...groups.values()].map((group) => group.drain()));
    },
  };
}

/** One statement for all: rows and jobs; their counters are others' affair. Throws a 504 when the deadline of one of them has passed. */
export async function commitTogether(
  handle: Handle,
  jobs: Jobs,
  task: TaskOptions,
  items: Acceptance[],
): Promise<void> {
  // The group is split until the late ones fail alone.
  if (items.some(isLate)) throw new RequestTimeoutError();
  const deadline = Math.min(...items.map((item) => item.deadline ?? Number.POSITIVE_INFINITY));
  await jobs.enqueue(
    handle,
    task,
    items.map(({ notification }) => ({
      id: jobIdOf(notification.id),
      payload: { id: notification.id },
      key: notification.service_id,
      correlationId: notification.correlation_id,
    })),
    insertNotifications(
      items.map((item) => item.notification),
      deadline === Number.POSITIVE_INFINITY ? undefined : deadline - performance.now(),
    ),
  );
}

function isLate({ deadline }: Acceptance): boolean {
  return deadline !== undefined && performance.now() >= deadline;
}

function withoutLimits(acceptance: Acceptance): Acceptance {
  const counts = acceptance.counts.map(({ channel }) => ({ channel, limit: Number.MAX_SAFE_INTEGER }));
  return { ...acceptance, counts };
}

function sumCounts(items: Acceptance[]): Counting[] {
  const sums = new Map<string, Counting>();
  for (const { notification, counts } of items) {
    for (const { channel, limit } of counts) {
      const day = dayOf(notification.created_at);
      const key = `${notification.service_id} ${channel} ${day}`;
      const sum = sums.get(key);
      if (!sum)
        sums.set(key, { service_id: notification.service_id, channel, day, messages: 1, most: limit });
      else {
        sum.messages += 1;
        sum.most = Math.min(sum.most, limit);
      }
    }
  }
  return [...sums.values()];
}

async function explainRefusal(db: Database, { notification, counts }: Acceptance): Promise<Error> {
  const today = await readCounts(db.kysely, notification.service_id, dayOf(notification.created_at));
  const full = counts.find(({ channel, limit }) => (today[channel] ?? 0) + 1 > limit) ?? counts[0];
  if (!full) throw new Error('A message that counts towards no limit cannot be over one');
  return new TooManyRequestsError(full.channel, full.limit);
}
