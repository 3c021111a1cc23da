import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { MessageRow } from '../message-log/message-queries.ts';

export interface FoundMessage
  extends Pick<MessageRow, 'id' | 'service_id' | 'notification_type' | 'notification_status' | 'created_at'> {
  service_name: string;
}

const MESSAGE = sql`n.id, n.service_id, s.name as service_name, n.notification_type, n.notification_status, n.created_at`;

/** The message with this id. */
export async function findMessageById(handle: Handle, id: string): Promise<FoundMessage[]> {
  const { rows } = await sql<FoundMessage>`
    select ${MESSAGE} from notify.notifications n join notify.services s on s.id = n.service_id
    where n.id = ${id}`.execute(handle);
  return rows;
}

/**
 * Messages with this reference of their sender's or of the provider's, newest first. One probe of an index for each
 * service, as references are a service's own.
 */
export async function findMessagesByReference(
  handle: Handle,
  reference: string,
  limit: number,
): Promise<FoundMessage[]> {
  const { rows } = await sql<FoundMessage>`
    select ${MESSAGE} from notify.services s cross join lateral (
      select * from notify.notifications n
      where n.service_id = s.id and n.client_reference = ${reference}
      order by n.created_at desc, n.id desc limit ${limit}
    ) n
    union
    select ${MESSAGE} from notify.notifications n join notify.services s on s.id = n.service_id
    where n.reference = ${reference}
    order by created_at desc, id desc limit ${limit}`.execute(handle);
  return rows;
}

/**
 * Messages to exactly this recipient, newest first, among the newest of each service and kind of key: there is no index
 * by recipient, and at most this many rows of each are read.
 */
export async function findMessagesTo(
  handle: Handle,
  search: { recipient: string; amongNewest: number; limit: number },
): Promise<FoundMessage[]> {
  const { rows } = await sql<FoundMessage>`
    select ${MESSAGE}
    from notify.services s cross join (values ('normal'), ('team'), ('test')) k (key_type) cross join lateral (
      select * from notify.notifications n
      where n.service_id = s.id and n.key_type = k.key_type
      order by n.created_at desc, n.id desc limit ${search.amongNewest}
    ) n
    where n.normalised_to = ${search.recipient}
    order by n.created_at desc, n.id desc limit ${search.limit}`.execute(handle);
  return rows;
}

/** Services and templates with this id. */
export async function findByUuid(
  handle: Handle,
  id: string,
): Promise<{ service_id: string; service_name: string; template_name: string | null }[]> {
  const { rows } = await sql<{ service_id: string; service_name: string; template_name: string | null }>`
    select s.id as service_id, s.name as service_name, null as template_name
    from notify.services s where s.id = ${id}
    union all
    select s.id, s.name, t.name from notify.templates t join notify.services s on s.id = t.service_id
    where t.id = ${id} and not t.hidden`.execute(handle);
  return rows;
}
