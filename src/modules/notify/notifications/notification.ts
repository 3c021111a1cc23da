import { uuidV7 } from '#platform/http';

/** Every status there is; `failed` is only an old name to filter by: public section 6.12. */
export const STATUSES = [
  'cancelled',
  'created',
  'sending',
  'sent',
  'delivered',
  'pending',
  'failed',
  'technical-failure',
  'temporary-failure',
  'permanent-failure',
  'pending-virus-check',
  'validation-failed',
  'virus-scan-failed',
  'returned-letter',
] as const;
export type Status = (typeof STATUSES)[number];

/** What the status filter takes: the statuses and two words for letters. */
export const FILTER_STATUSES = [...STATUSES, 'accepted', 'received'] as const;

/** Statuses after which `completed_at` is shown. */
export const COMPLETED_STATUSES: ReadonlySet<Status> = new Set<Status>([
  'sent',
  'delivered',
  'failed',
  'technical-failure',
  'temporary-failure',
  'permanent-failure',
  'returned-letter',
  'cancelled',
  'validation-failed',
]);

const FAILURES: readonly Status[] = [
  'technical-failure',
  'temporary-failure',
  'permanent-failure',
  'validation-failed',
  'virus-scan-failed',
  'returned-letter',
];

/** The statuses a filter means; undefined when it leaves nothing out (public section 3.9). */
export function expandStatusFilter(wanted: readonly string[]): Status[] | undefined {
  const found = new Set<Status>();
  for (const name of wanted) {
    if (name === 'failed') for (const status of FAILURES) found.add(status);
    else if (name === 'accepted') found.add('created').add('sending');
    else if (name === 'received') found.add('delivered');
    // The request schema let only known names through.
    else found.add(name as Status);
  }
  const coversAll = STATUSES.every((status) => status === 'failed' || found.has(status));
  return coversAll ? undefined : [...found];
}

const LETTER_WORDS: Partial<Record<Status, string>> = {
  created: 'accepted',
  sending: 'accepted',
  delivered: 'received',
  'returned-letter': 'received',
};

/** Letters have words of their own for four statuses. */
export function shownStatus(type: string, status: Status): string {
  return type === 'letter' ? (LETTER_WORDS[status] ?? status) : status;
}

/**
 * An id that reads as a version 4 UUID, as the original's do, and sorts by the time it was made, so that indexes grow at
 * their right edge.
 */
export function newNotificationId(nowMs?: number): string {
  const id = uuidV7(nowMs);
  return `${id.slice(0, 14)}4${id.slice(15)}`;
}

/** The id of the job that takes a notification its first step: the same each time, so it can be sent again safely. */
export function jobIdOf(notificationId: string): string {
  return `${notificationId.slice(0, 14)}7${notificationId.slice(15)}`;
}

/** The fixed identifiers of the built-in service: internals appendix D. */
export const NOTIFY_SERVICE_ID = 'd6aa2c68-a2d9-4437-ab19-3ae8eb202553';
export const NOTIFY_USER_ID = '6af522d0-2915-4e52-83a3-3690455a5fe6';
