import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { GivenUpRow } from '../delivery/delivery-queries.ts';

/** Messages handed over and never reported on become temporary failures, oldest first; returns them. */
export async function timeOutOldest(
  handle: Handle,
  options: { before: Date; now: Date; limit: number },
): Promise<GivenUpRow[]> {
  const { rows } = await sql<GivenUpRow>`
    with overdue as (
      select id from notify.notifications
      where notification_type in ('sms', 'email') and notification_status in ('sending', 'pending')
        and created_at < ${options.before}
      order by created_at limit ${options.limit}
      for update skip locked
    )
    update notify.notifications n
    set notification_status = 'temporary-failure', updated_at = ${options.now}
    from overdue where n.id = overdue.id
    returning n.id, n.service_id, n.client_reference, n.recipient, n.notification_status, n.created_at, n.updated_at,
      n.sent_at, n.notification_type, n.template_id, n.template_version, n.correlation_id`.execute(handle);
  return rows;
}

export interface WaitingRow {
  id: string;
  service_id: string;
  key_type: 'normal' | 'team' | 'test';
  notification_type: 'sms' | 'email' | 'letter';
  notification_status: string;
  correlation_id: string | null;
}

/** Messages that wait for their first step longer than they should, a page at a time by id. */
export async function findWaiting(
  handle: Handle,
  options: {
    status: 'created' | 'pending-virus-check';
    from: Date;
    to: Date;
    afterId: string;
    limit: number;
  },
): Promise<WaitingRow[]> {
  const { rows } = await sql<WaitingRow>`
    select id, service_id, key_type, notification_type, notification_status, correlation_id
    from notify.notifications
    where notification_type in ('sms', 'email', 'letter') and notification_status = ${options.status}
      and created_at >= ${options.from} and created_at < ${options.to} and id > ${options.afterId}::uuid
      and (notification_type <> 'letter' or ${options.status} <> 'created'
        or (key_type = 'normal' and billable_units = 0 and updated_at is null))
    order by id limit ${options.limit}`.execute(handle);
  return rows;
}
