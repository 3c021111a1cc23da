import { createGroupCommit, type Database, type GroupCommit, type Handle, sqlState } from '#platform/db';
import type { Jobs, TaskOptions } from '#platform/jobs';
import { TooManyRequestsError } from '../errors.ts';
import { type Counting, readCounts } from '../limits/limit-queries.ts';
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
}

export interface Acceptor {
  /**
   * Resolves once row, job and counters are durable together: after that the message will be processed, and after a
   * rejection it will not (public section 3.8). Throws a 429 when a daily limit was reached meanwhile.
   */
  accept(acceptance: Acceptance): Promise<void>;
  drain(): Promise<void>;
}

/** Requests that arrive while a commit is under way share the next one. */
const LARGEST_GROUP = 200;
const OVER_LIMIT = 'NT429';

export function createAcceptor(db: Database, jobs: Jobs): Acceptor {
  const groups = new Map<string, GroupCommit<Acceptance>>();
  const groupFor = (task: TaskOptions): GroupCommit<Acceptance> => {
    const known = groups.get(task.name);
    if (known) return known;
    const group = createGroupCommit<Acceptance>({
      db,
      maxItems: LARGEST_GROUP,
      // One group is written while the COMMIT of the one before waits for the disk.
      maxConcurrentCommits: 2,
      isOneStatement: true,
      commit: (handle, items) => commitTogether(handle, jobs, task, items),
    });
    groups.set(task.name, group);
    return group;
  };
  return {
    accept: async (acceptance) => {
      try {
        await groupFor(acceptance.task).add(acceptance);
      } catch (error) {
        if (sqlState(error) === OVER_LIMIT) throw await explainRefusal(db, acceptance);
        throw error;
      }
    },
    drain: async () => {
      await Promise.all([...groups.values()].map((group) => group.drain()));
    },
  };
}

/** One statement for all: counters, rows and jobs. */
export async function commitTogether(
  handle: Handle,
  jobs: Jobs,
  task: TaskOptions,
  items: Acceptance[],
): Promise<void> {
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
      sumCounts(items),
    ),
  );
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
