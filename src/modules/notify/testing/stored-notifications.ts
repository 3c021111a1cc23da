import type { Pool } from 'pg';
import { newNotificationId } from '../notifications/notification.ts';
import { SERVICE_ID, TEMPLATES } from './notify-app.ts';

export interface StoredNotification {
  type: 'sms' | 'email' | 'letter';
  createdAt: Date;
  status?: string;
  keyType?: 'normal' | 'team' | 'test';
  sentAt?: Date | null;
  sentBy?: string;
  serviceId?: string;
  reference?: string;
  clientReference?: string;
  postage?: string;
  billableUnits?: number;
  rateMultiplier?: number;
  international?: boolean;
  jobId?: string;
  jobRow?: number;
  updatedAt?: Date;
  normalisedTo?: string;
  recipient?: string;
}

/** Puts messages where the product would have put them, in whatever state a test wants; returns their ids. */
export async function storeNotifications(pool: Pool, messages: StoredNotification[]): Promise<string[]> {
  const rows = messages.map((message) => ({
    id: newNotificationId(message.createdAt.getTime()),
    service_id: message.serviceId ?? SERVICE_ID,
    template_id: TEMPLATES[message.type],
    template_version: 1,
    key_type: message.keyType ?? 'normal',
    notification_type: message.type,
    notification_status: message.status ?? 'delivered',
    created_at: message.createdAt,
    sent_at: message.sentAt ?? null,
    updated_at: message.updatedAt ?? null,
    sent_by: message.sentBy ?? null,
    reference: message.reference ?? null,
    client_reference: message.clientReference ?? null,
    recipient: message.recipient ?? 'somebody',
    normalised_to: message.normalisedTo ?? null,
    billable_units: message.billableUnits ?? 0,
    rate_multiplier: message.rateMultiplier ?? null,
    international: message.international ?? false,
    postage: message.postage ?? null,
    job_id: message.jobId ?? null,
    job_row_number: message.jobRow ?? null,
  }));
  await pool.query(
    `insert into notify.notifications (id, service_id, template_id, template_version, key_type, notification_type,
      notification_status, created_at, sent_at, updated_at, sent_by, reference, client_reference, recipient,
      normalised_to, billable_units, rate_multiplier, international, postage, job_id, job_row_number)
    select * from json_to_recordset($1::json) as r(id uuid, service_id uuid, template_id uuid, template_version int,
      key_type text, notification_type text, notification_status text, created_at timestamptz, sent_at timestamptz,
      updated_at timestamptz, sent_by text, reference text, client_reference text, recipient text, normalised_to text,
      billable_units int, rate_multiplier numeric, international boolean, postage text, job_id uuid,
      job_row_number int)`,
    [JSON.stringify(rows)],
  );
  return rows.map((row) => row.id);
}
