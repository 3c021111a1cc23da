import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** A message people may unsubscribe from, whether or not it is past retention. */
export interface UnsubscribableRow {
  id: string;
  service_id: string;
  template_id: string;
  template_version: number;
}

export async function findUnsubscribable(handle: Handle, id: string): Promise<UnsubscribableRow | undefined> {
  const { rows } = await sql<UnsubscribableRow>`
    select id, service_id, template_id, template_version from notify.notifications where id = ${id}
    union all
    select id, service_id, template_id, template_version from notify.notification_history where id = ${id}
    limit 1`.execute(handle);
  return rows[0];
}

export async function hasOpenRequest(handle: Handle, notificationId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from notify.unsubscribe_requests
    where notification_id = ${notificationId} and processed_by_service_at is null`.execute(handle);
  return rows.length > 0;
}

/** Does nothing when the message has an open request. */
export async function insertRequest(
  handle: Handle,
  request: UnsubscribableRow & { requestId: string; emailAddress: string; now: Date },
): Promise<void> {
  await sql`
    insert into notify.unsubscribe_requests
      (id, notification_id, service_id, template_id, template_version, email_address, created_at)
    values (${request.requestId}, ${request.id}, ${request.service_id}, ${request.template_id},
      ${request.template_version}, ${request.emailAddress}, ${request.now})
    on conflict do nothing`.execute(handle);
}
