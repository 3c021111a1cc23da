import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import { SENDER_TABLES, type SenderKind } from '../services/apply-queries.ts';

/** A sender of any of the three kinds; `text` is the number, address or block. */
export interface SenderRow {
  id: string;
  service_id: string;
  text: string;
  is_default: boolean;
  archived: boolean;
  inbound_number_id: string | null;
  created_at: Date;
  updated_at: Date | null;
}

function columnsOf(kind: SenderKind) {
  const inbound = kind === 'sms_senders' ? sql`inbound_number_id` : sql`null::uuid as inbound_number_id`;
  const text = sql.id(SENDER_TABLES[kind].column);
  return sql`id, service_id, ${text} as text, is_default, archived, ${inbound}, created_at, updated_at`;
}

/** Those in use, the default first. */
export async function listSenderRows(
  handle: Handle,
  kind: SenderKind,
  serviceId: string,
  lock = false,
): Promise<SenderRow[]> {
  const { rows } = await sql<SenderRow>`
    select ${columnsOf(kind)} from notify.${sql.id(SENDER_TABLES[kind].table)}
    where service_id = ${serviceId} and not archived
    order by is_default desc, created_at desc, id ${lock ? sql`for update` : sql``}`.execute(handle);
  return rows;
}

export async function findSenderRow(
  handle: Handle,
  kind: SenderKind,
  serviceId: string,
  id: string,
): Promise<SenderRow | undefined> {
  const { rows } = await sql<SenderRow>`
    select ${columnsOf(kind)} from notify.${sql.id(SENDER_TABLES[kind].table)}
    where service_id = ${serviceId} and id = ${id}`.execute(handle);
  return rows[0];
}

/** Changes of the senders of one service wait for each other. */
export async function lockServiceSenders(handle: Handle, serviceId: string): Promise<void> {
  await sql`select 1 from notify.services where id = ${serviceId} for update`.execute(handle);
}

export async function demoteDefault(
  handle: Handle,
  kind: SenderKind,
  serviceId: string,
  now: Date,
): Promise<void> {
  await sql`
    update notify.${sql.id(SENDER_TABLES[kind].table)} set is_default = false, updated_at = ${now}
    where service_id = ${serviceId} and is_default`.execute(handle);
}

export async function insertSender(
  handle: Handle,
  kind: SenderKind,
  sender: {
    id: string;
    serviceId: string;
    text: string;
    isDefault: boolean;
    inboundNumberId?: string | undefined;
    now: Date;
  },
): Promise<void> {
  const { table, column } = SENDER_TABLES[kind];
  const inbound = kind === 'sms_senders' ? sql`, inbound_number_id` : sql``;
  const inboundValue = kind === 'sms_senders' ? sql`, ${sender.inboundNumberId ?? null}::uuid` : sql``;
  await sql`
    insert into notify.${sql.id(table)} (id, service_id, ${sql.id(column)}, is_default, created_at ${inbound})
    values (${sender.id}, ${sender.serviceId}, ${sender.text}, ${sender.isDefault}, ${sender.now} ${inboundValue})`.execute(
    handle,
  );
}

export async function updateSender(
  handle: Handle,
  kind: SenderKind,
  sender: { id: string; text: string; isDefault: boolean; now: Date },
): Promise<void> {
  const { table, column } = SENDER_TABLES[kind];
  await sql`
    update notify.${sql.id(table)}
    set ${sql.id(column)} = ${sender.text}, is_default = ${sender.isDefault}, updated_at = ${sender.now}
    where id = ${sender.id}`.execute(handle);
}

/** Messages may still point at it, so it stays. Templates that name a letter contact lose it. */
export async function archiveSenderRow(
  handle: Handle,
  kind: SenderKind,
  id: string,
  now: Date,
): Promise<void> {
  await sql`
    update notify.${sql.id(SENDER_TABLES[kind].table)}
    set archived = true, is_default = false, updated_at = ${now} where id = ${id}`.execute(handle);
  if (kind !== 'letter_contacts') return;
  await sql`update notify.templates set letter_contact_id = null where letter_contact_id = ${id}`.execute(
    handle,
  );
}

export async function isProtectedSenderId(handle: Handle, senderId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from notify.protected_sender_ids where sender_id = ${senderId}`.execute(handle);
  return rows.length > 0;
}
