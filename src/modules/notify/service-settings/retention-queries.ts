import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface RetentionRow {
  id: string;
  service_id: string;
  service_name: string;
  notification_type: string;
  days_of_retention: number;
  created_at: Date;
  updated_at: Date | null;
}

/** Any number is taken; retention goes by one that leads to a day on the calendar, and never by one in the future. */
const withinReason = (days: number): number => Math.min(Math.max(days, 0), 36_500);

/** How long a service keeps its messages, where it differs from seven days. */
export async function listRetention(handle: Handle, serviceId: string): Promise<RetentionRow[]> {
  const { rows } = await sql<RetentionRow>`
    select r.id, r.service_id, s.name as service_name, r.notification_type,
      coalesce(r.days_given, r.days_of_retention) as days_of_retention, r.created_at,
      r.updated_at
    from notify.data_retention r join notify.services s on s.id = r.service_id
    where r.service_id = ${serviceId} order by r.notification_type`.execute(handle);
  return rows;
}

/** Returns false when the channel has one already. */
export async function insertRetention(
  handle: Handle,
  retention: { id: string; serviceId: string; type: string; days: number; now: Date },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into notify.data_retention (id, service_id, notification_type, days_of_retention, days_given, created_at)
    values (${retention.id}, ${retention.serviceId}, ${retention.type}, ${withinReason(retention.days)},
      ${retention.days}, ${retention.now})
    on conflict (service_id, notification_type) do nothing`.execute(handle);
  return numAffectedRows === 1n;
}

export async function updateRetention(
  handle: Handle,
  retention: { id: string; serviceId: string; days: number; now: Date },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.data_retention set days_of_retention = ${withinReason(retention.days)},
      days_given = ${retention.days}, updated_at = ${retention.now}
    where id = ${retention.id} and service_id = ${retention.serviceId}`.execute(handle);
  return numAffectedRows === 1n;
}
