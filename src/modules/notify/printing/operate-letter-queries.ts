import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Status } from '../notifications/notification.ts';
import type { CountedChannel, KeyType } from '../services/service.ts';

export interface CancellableRow {
  id: string;
  notification_type: string;
  notification_status: Status;
  key_type: KeyType;
  created_at: Date;
}

/** Locked, so that the print run and two people who cancel it take turns. */
export async function findCancellable(
  handle: Handle,
  serviceId: string,
  id: string,
): Promise<CancellableRow | undefined> {
  const { rows } = await sql<CancellableRow>`
    select id, notification_type, notification_status, key_type, created_at from notify.notifications
    where id = ${id} and service_id = ${serviceId} for update`.execute(handle);
  return rows[0];
}

export async function cancelOne(handle: Handle, id: string, now: Date): Promise<void> {
  await sql`
    update notify.notifications set notification_status = 'cancelled', updated_at = ${now} where id = ${id}`.execute(
    handle,
  );
}

/** Gives messages of today back to the daily limit; never below nothing. */
export async function lowerCounter(
  handle: Handle,
  change: { serviceId: string; channel: CountedChannel; day: string; by: number },
): Promise<void> {
  await sql`
    update notify.daily_counters set count = greatest(count - ${change.by}, 0)
    where service_id = ${change.serviceId} and channel = ${change.channel} and day = ${change.day}::date`.execute(
    handle,
  );
}
