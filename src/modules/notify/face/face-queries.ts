import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** The notification of a former call with this key. */
export async function findInternalSend(handle: Handle, key: string): Promise<string | undefined> {
  const { rows } = await sql<{ notification_id: string }>`
    select notification_id from notify.internal_sends where idempotency_key = ${key}`.execute(handle);
  return rows[0]?.notification_id;
}

/** Returns false when another call was faster; waits for its transaction to know. */
export async function insertInternalSend(
  handle: Handle,
  send: { key: string; notificationId: string; now: Date },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into notify.internal_sends (idempotency_key, notification_id, created_at)
    values (${send.key}, ${send.notificationId}, ${send.now}) on conflict do nothing`.execute(handle);
  return numAffectedRows === 1n;
}

export interface BuiltInService {
  id: string;
  name: string;
  localPart: string;
  now: Date;
}

/** The service that Signalbox itself sends from; live, and without limits. */
export async function insertBuiltInService(handle: Handle, service: BuiltInService): Promise<void> {
  await sql`
    insert into notify.services (id, name, email_sender_local_part, restricted, prefix_sms, permissions, count_as_live,
      created_at)
    values (${service.id}, ${service.name}, ${service.localPart}, false, false, ${['email', 'sms', 'international_sms']},
      false, ${service.now})
    on conflict do nothing`.execute(handle);
}
