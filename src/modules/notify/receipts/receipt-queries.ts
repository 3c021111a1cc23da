import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Status } from '../notifications/notification.ts';
import type { KeyType } from '../services/service.ts';

export interface ReceiptTarget {
  id: string;
  service_id: string;
  template_id: string;
  template_version: number;
  key_type: KeyType;
  notification_type: string;
  notification_status: Status;
  created_at: Date;
  sent_at: Date | null;
  updated_at: Date | null;
  sent_by: string | null;
  reference: string | null;
  client_reference: string | null;
  recipient: string;
  personalisation: Buffer | null;
  billable_units: number;
  international: boolean;
  phone_prefix: string | null;
  correlation_id: string | null;
}

const COLUMNS =
  sql.raw(`id, service_id, template_id, template_version, key_type, notification_type, notification_status,
  created_at, sent_at, updated_at, sent_by, reference, client_reference, recipient, personalisation, billable_units,
  international, phone_prefix, correlation_id`);

/** Text messages, by our own ids, locked: of two reports the first final one wins. */
export async function lockTexts(handle: Handle, ids: string[]): Promise<ReceiptTarget[]> {
  const { rows } = await sql<ReceiptTarget>`
    select ${COLUMNS} from notify.notifications
    where id = any(${ids}::uuid[]) and notification_type = 'sms' order by id for update`.execute(handle);
  return rows;
}

/** Emails, by the ids that SES gave them. */
export async function lockEmails(handle: Handle, references: string[]): Promise<ReceiptTarget[]> {
  const { rows } = await sql<ReceiptTarget>`
    select ${COLUMNS} from notify.notifications
    where reference = any(${references}::text[]) and notification_type = 'email' order by id for update`.execute(
    handle,
  );
  return rows;
}

export interface StatusChange {
  id: string;
  status: Status;
  sent_by: string | null;
  billable_units: number;
  updated_at: Date;
}

export async function changeStatuses(handle: Handle, changes: StatusChange[]): Promise<void> {
  await sql`
    update notify.notifications n
    set notification_status = c.status, sent_by = coalesce(n.sent_by, c.sent_by), billable_units = c.billable_units,
      updated_at = c.updated_at
    from json_to_recordset(${JSON.stringify(changes)}::json)
      as c(id uuid, status text, sent_by text, billable_units int, updated_at timestamptz)
    where n.id = c.id and n.id = any(${changes.map((change) => change.id)}::uuid[])`.execute(handle);
}

/** Email past retention: its summary row alone still exists. Returns the references that were found. */
export async function changeArchived(
  handle: Handle,
  change: { reference: string; status: Status; updatedAt: Date },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.notification_history
    set notification_status = ${change.status}, updated_at = ${change.updatedAt}
    where reference = ${change.reference} and notification_type = 'email'
      and notification_status in ('sending', 'pending')`.execute(handle);
  return (numAffectedRows ?? 0n) > 0n;
}

export interface ArchivedEmail {
  id: string;
  service_id: string;
  client_reference: string | null;
}

/** An email past retention, by the id that SES gave it; whom it went to is not known any more. */
export async function findArchivedEmail(
  handle: Handle,
  reference: string,
): Promise<ArchivedEmail | undefined> {
  const { rows } = await sql<ArchivedEmail>`
    select id, service_id, client_reference from notify.notification_history
    where reference = ${reference} and notification_type = 'email'`.execute(handle);
  return rows[0];
}

export interface NewComplaint {
  id: string;
  notification_id: string;
  service_id: string;
  ses_feedback_id: string | null;
  complaint_type: string | null;
  complaint_date: Date;
  created_at: Date;
}

/** Returns false for one that is known. */
export async function insertComplaint(handle: Handle, complaint: NewComplaint): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into notify.complaints
      (id, notification_id, service_id, ses_feedback_id, complaint_type, complaint_date, created_at)
    values (${complaint.id}, ${complaint.notification_id}, ${complaint.service_id}, ${complaint.ses_feedback_id},
      ${complaint.complaint_type}, ${complaint.complaint_date}, ${complaint.created_at})
    on conflict do nothing`.execute(handle);
  return numAffectedRows === 1n;
}
