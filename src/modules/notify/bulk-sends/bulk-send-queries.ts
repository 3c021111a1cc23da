import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Status } from '../notifications/notification.ts';
import type { NotificationType } from '../services/service.ts';
import type { BulkSendFilter, BulkSendStatus } from './bulk-sends.ts';

export interface BulkSendRow {
  id: string;
  service_id: string;
  service_name: string;
  template_id: string;
  template_name: string;
  template_type: NotificationType;
  template_version: number;
  original_file_name: string;
  notification_count: number;
  sender_id: string | null;
  sender_text: string | null;
  status: BulkSendStatus;
  scheduled_for: Date | null;
  processing_started: Date | null;
  processing_finished: Date | null;
  next_row: number;
  archived: boolean;
  contact_list_id: string | null;
  resend_of_id: string | null;
  created_by_id: string | null;
  created_by_name: string | null;
  created_by_email: string | null;
  correlation_id: string | null;
  created_at: Date;
  updated_at: Date | null;
}

const SELECTION = sql.raw(`
  select b.id, b.service_id, s.name as service_name, b.template_id, coalesce(t.name, '') as template_name,
    b.template_type, b.template_version, b.original_file_name, b.notification_count, b.sender_id, b.sender_text, b.status,
    b.scheduled_for, b.processing_started, b.processing_finished, b.next_row, b.archived, b.contact_list_id,
    b.resend_of_id, b.created_by_id, u.name as created_by_name, u.email_address as created_by_email, b.correlation_id,
    b.created_at, b.updated_at
  from notify.bulk_sends b
    join notify.services s on s.id = b.service_id
    left join notify.templates_history t on t.id = b.template_id and t.version = b.template_version
    left join notify.users u on u.id = b.created_by_id`);

export interface NewBulkSendRow {
  id: string;
  service_id: string;
  template_id: string;
  template_version: number;
  template_type: NotificationType;
  original_file_name: string;
  notification_count: number;
  sender_id: string | null;
  sender_text: string | null;
  status: 'pending' | 'scheduled';
  scheduled_for: Date | null;
  contact_list_id: string | null;
  resend_of_id: string | null;
  created_by_id: string | null;
  correlation_id: string | null;
  created_at: Date;
}

/** Returns false when there is one of that id, or of the same failed rows, already. */
export async function insertBulkSend(handle: Handle, send: NewBulkSendRow): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into notify.bulk_sends (id, service_id, template_id, template_version, template_type, original_file_name,
      notification_count, sender_id, sender_text, status, scheduled_for, contact_list_id, resend_of_id, created_by_id,
      correlation_id, created_at)
    values (${send.id}, ${send.service_id}, ${send.template_id}, ${send.template_version}, ${send.template_type},
      ${send.original_file_name}, ${send.notification_count}, ${send.sender_id}, ${send.sender_text}, ${send.status},
      ${send.scheduled_for}, ${send.contact_list_id}, ${send.resend_of_id}, ${send.created_by_id},
      ${send.correlation_id}, ${send.created_at})
    on conflict do nothing`.execute(handle);
  return numAffectedRows === 1n;
}

export async function findBulkSend(
  handle: Handle,
  serviceId: string,
  id: string,
): Promise<BulkSendRow | undefined> {
  const { rows } = await sql<BulkSendRow>`
    ${SELECTION} where b.id = ${id} and b.service_id = ${serviceId}`.execute(handle);
  return rows[0];
}

export async function findBulkSendById(handle: Handle, id: string): Promise<BulkSendRow | undefined> {
  const { rows } = await sql<BulkSendRow>`${SELECTION} where b.id = ${id}`.execute(handle);
  return rows[0];
}

export async function findResendOf(handle: Handle, id: string): Promise<BulkSendRow | undefined> {
  const { rows } = await sql<BulkSendRow>`${SELECTION} where b.resend_of_id = ${id}`.execute(handle);
  return rows[0];
}

export async function listBulkSends(
  handle: Handle,
  filter: BulkSendFilter & { since: Date | undefined; pageSize: number },
): Promise<{ rows: BulkSendRow[]; total: number }> {
  const conditions = [
    sql`b.service_id = ${filter.serviceId}`,
    // What was sent to one person: the website's own names for it (internals section 3.4.8).
    sql`b.original_file_name not in ('Test message', 'Report')`,
    ...(filter.statuses === undefined ? [] : [sql`b.status = any(${filter.statuses}::text[])`]),
    ...(filter.contactListId === undefined ? [] : [sql`b.contact_list_id = ${filter.contactListId}`]),
    ...(filter.since === undefined ? [] : [sql`b.created_at >= ${filter.since}`]),
  ];
  const where = sql.join(conditions, sql` and `);
  const { rows } = await sql<BulkSendRow>`
    ${SELECTION} where ${where}
    order by b.processing_started desc nulls first, b.created_at desc, b.id
    limit ${filter.pageSize} offset ${((filter.page ?? 1) - 1) * filter.pageSize}`.execute(handle);
  const counted = await sql<{ total: number }>`
    select count(*)::int as total from notify.bulk_sends b where ${where}`.execute(handle);
  return { rows, total: counted.rows[0]?.total ?? 0 };
}

export async function countScheduled(
  handle: Handle,
  serviceId: string,
): Promise<{ count: number; soonest: Date | null }> {
  const { rows } = await sql<{ count: number; soonest: Date | null }>`
    select count(*)::int as count, min(scheduled_for) as soonest from notify.bulk_sends
    where service_id = ${serviceId} and status = 'scheduled'`.execute(handle);
  return rows[0] ?? { count: 0, soonest: null };
}

/** Messages of bulk sends by status, live and past retention together. */
export async function countByStatus(
  handle: Handle,
  ids: readonly string[],
): Promise<{ job_id: string; status: Status; count: number }[]> {
  if (ids.length === 0) return [];
  const list = sql`${[...ids]}::uuid[]`;
  const { rows } = await sql<{ job_id: string; status: Status; count: number }>`
    select job_id, notification_status as status, sum(count)::int as count from (
      select job_id, notification_status, count(*) as count from notify.notifications
      where job_id = any(${list}) group by 1, 2
      union all
      select job_id, notification_status, count(*) from notify.notification_history
      where job_id = any(${list}) group by 1, 2
    ) as counts group by 1, 2 order by 1, 2`.execute(handle);
  return rows;
}

export async function countBulkRows(handle: Handle, id: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select (select count(*) from notify.notifications where job_id = ${id})::int
      + (select count(*) from notify.notification_history where job_id = ${id})::int as count`.execute(
    handle,
  );
  return rows[0]?.count ?? 0;
}

/** A scheduled bulk send that is not to be sent after all; returns whether it was still waiting. */
export async function cancelScheduled(
  handle: Handle,
  of: { serviceId: string; id: string; now: Date },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.bulk_sends set status = 'cancelled', updated_at = ${of.now}
    where id = ${of.id} and service_id = ${of.serviceId} and status = 'scheduled'`.execute(handle);
  return numAffectedRows === 1n;
}

export interface RowStatus {
  job_row_number: number;
  status: Status;
  updated_at: Date | null;
  created_at: Date;
}

/** What became of rows, from one on, in their order. */
export async function listRowStatuses(
  handle: Handle,
  page: { id: string; from: number; limit: number },
): Promise<RowStatus[]> {
  const source = (table: string) => sql`
    select job_row_number, notification_status as status, updated_at, created_at from notify.${sql.id(table)}
    where job_id = ${page.id} and job_row_number >= ${page.from} and job_row_number < ${page.from + page.limit}`;
  const { rows } = await sql<RowStatus>`
    ${source('notifications')} union all ${source('notification_history')} order by job_row_number`.execute(
    handle,
  );
  return rows;
}

/** Rows whose message failed, in their order, live and past retention: the file may outlast the first of its messages. */
export async function listFailedRows(
  handle: Handle,
  id: string,
  failed: readonly Status[],
): Promise<number[]> {
  const { rows } = await sql<{ job_row_number: number }>`
    select job_row_number from notify.notifications
    where job_id = ${id} and notification_status = any(${[...failed]}::text[])
    union
    select job_row_number from notify.notification_history
    where job_id = ${id} and notification_status = any(${[...failed]}::text[])
    order by job_row_number`.execute(handle);
  return rows.map((row) => row.job_row_number);
}

export interface BulkLetterRow {
  notification_status: Status;
  created_at: Date;
}

/** The letters of a bulk send, locked. */
export async function lockBulkLetters(handle: Handle, id: string): Promise<BulkLetterRow[]> {
  const { rows } = await sql<BulkLetterRow>`
    select notification_status, created_at from notify.notifications where job_id = ${id}
    order by id for update`.execute(handle);
  return rows;
}

export async function cancelBulkLetters(handle: Handle, id: string, now: Date): Promise<number> {
  const { numAffectedRows } = await sql`
    update notify.notifications set notification_status = 'cancelled', billable_units = 0, updated_at = ${now}
    where job_id = ${id}`.execute(handle);
  await sql`update notify.bulk_sends set status = 'cancelled', updated_at = ${now} where id = ${id}`.execute(
    handle,
  );
  return Number(numAffectedRows ?? 0n);
}
