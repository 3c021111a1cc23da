import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface NewReceivedText {
  id: string;
  service_id: string;
  notify_number: string;
  user_number: string;
  provider_date: Date;
  provider_reference: string | null;
  provider: string;
  /** Sealed text. */
  content: Buffer;
  created_at: Date;
}

/** Returns false for a text that the provider sent before. */
export async function insertReceivedText(handle: Handle, text: NewReceivedText): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into notify.inbound_sms (id, service_id, notify_number, user_number, provider_date, provider_reference,
      provider, content, created_at)
    values (${text.id}, ${text.service_id}, ${text.notify_number}, ${text.user_number}, ${text.provider_date},
      ${text.provider_reference}, ${text.provider}, ${text.content}, ${text.created_at})
    on conflict do nothing`.execute(handle);
  return numAffectedRows === 1n;
}

export interface ReceivedTextRow {
  id: string;
  service_id: string;
  notify_number: string;
  user_number: string;
  provider_date: Date | null;
  content: Buffer;
  created_at: Date;
}

const COLUMNS = sql.raw('id, service_id, notify_number, user_number, provider_date, content, created_at');

/** Newest first; `olderThan` is the id of the last one of the page before, and must be one of the service. */
export async function listReceivedTexts(
  handle: Handle,
  page: { serviceId: string; olderThan: string | undefined; limit: number },
): Promise<ReceivedTextRow[]> {
  const after =
    page.olderThan === undefined
      ? sql`true`
      : sql`(created_at, id) < (select o.created_at, o.id from notify.inbound_sms o
          where o.id = ${page.olderThan} and o.service_id = ${page.serviceId})`;
  const { rows } = await sql<ReceivedTextRow>`
    select ${COLUMNS} from notify.inbound_sms where service_id = ${page.serviceId} and ${after}
    order by created_at desc, id desc limit ${page.limit}`.execute(handle);
  return rows;
}

export async function findReceivedText(handle: Handle, id: string): Promise<ReceivedTextRow | undefined> {
  const { rows } = await sql<ReceivedTextRow>`
    select ${COLUMNS} from notify.inbound_sms where id = ${id}`.execute(handle);
  return rows[0];
}

/** The service that owns a number and may receive texts. */
export async function findNumberOwner(
  handle: Handle,
  number: string,
): Promise<{ service_id: string; mayReceive: boolean } | undefined> {
  const { rows } = await sql<{ service_id: string; mayReceive: boolean }>`
    select s.id as service_id, s.active and 'inbound_sms' = any(s.permissions) as "mayReceive"
    from notify.inbound_numbers n join notify.services s on s.id = n.service_id
    where n.number = ${number} and n.active`.execute(handle);
  return rows[0];
}
