import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { StatusCount } from '../message-log/count-queries.ts';
import type { NotificationType } from '../services/service.ts';

export interface PlatformCount {
  notification_type: NotificationType;
  notification_status: string;
  is_test: boolean;
  count: number;
}

/** How far the clocks of two processes may be apart. */
const CLOCK_MS = 60_000;

/** Messages of all services since a moment, those of test keys apart. */
export async function countAllByStatus(handle: Handle, since: Date): Promise<PlatformCount[]> {
  // Ids of texts and emails sort by the time they were made, so the primary key finds a day of all services; letters
  // have an index of their own.
  const hex = (since.getTime() - CLOCK_MS).toString(16).padStart(12, '0');
  const firstId = `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
  const { rows } = await sql<PlatformCount>`
    select notification_type, notification_status, key_type = 'test' as is_test, count(*)::int as count
    from (
      select notification_type, notification_status, key_type from notify.notifications
      where id >= ${firstId}::uuid and notification_type <> 'letter' and created_at >= ${since}
      union all
      select notification_type, notification_status, key_type from notify.notifications
      where notification_type = 'letter' and created_at >= ${since}
    ) as n group by 1, 2, 3`.execute(handle);
  return rows;
}

/** Of recorded days before today, service by service; nothing is recorded of test keys. */
export async function countFactsByService(
  handle: Handle,
  days: { from: string; to: string; before: string },
): Promise<StatusCount[]> {
  const { rows } = await sql<StatusCount>`
    select service_id, notification_type, notification_status, sum(notification_count)::int as count
    from notify.ft_notification_status
    where bst_date >= ${days.from}::date and bst_date <= ${days.to}::date and bst_date < ${days.before}::date
      and key_type <> 'test'
    group by 1, 2, 3`.execute(handle);
  return rows;
}

/** Of recorded days before today; nothing is recorded of test keys. */
export async function countFactsOfAll(
  handle: Handle,
  days: { from: string; to: string; before: string },
): Promise<PlatformCount[]> {
  const { rows } = await sql<PlatformCount>`
    select notification_type, notification_status, key_type = 'test' as is_test,
      sum(notification_count)::float8 as count
    from notify.ft_notification_status
    where bst_date >= ${days.from}::date and bst_date <= ${days.to}::date and bst_date < ${days.before}::date
    group by 1, 2, 3`.execute(handle);
  return rows;
}
