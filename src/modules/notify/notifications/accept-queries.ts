import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Alongside } from '#platform/jobs';
import { type Counting, countMessages } from '../limits/limit-queries.ts';
import type { NewNotification } from './accept.ts';

/** Inserts all notifications, but for rows of bulk sends that are there already; or none when one of them is over a daily limit (SQLSTATE NT429). */
export function insertNotifications(notifications: NewNotification[], countings: Counting[]): Alongside {
  if (countings.length === 0) return { insert: insertRows(notifications, sql`true`) };
  return {
    first: sql`counted as (${countMessages(countings)})`,
    insert: insertRows(
      notifications,
      sql`case when (select count(*) from counted) = ${countings.length}::int then true
        else notify.refuse_over_limit() end`,
    ),
  };
}

// The job of a notification has its id with another version digit, and `returning id` must give the job's.
function insertRows(notifications: NewNotification[], condition: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into notify.notifications (
      id, service_id, template_id, template_version, api_key_id, key_type, notification_type, notification_status,
      created_at, sent_at, client_reference, reference, recipient, normalised_to, personalisation, billable_units,
      international, phone_prefix, rate_multiplier, reply_to_text, postage, document_download_count, unsubscribe_link,
      created_by_id, correlation_id, job_id, job_row_number
    )
    select
      i.id, i.service_id, i.template_id, i.template_version, i.api_key_id, i.key_type, i.notification_type, i.status,
      i.created_at, i.sent_at, i.client_reference, i.reference, i.recipient, i.normalised_to,
      decode(i.personalisation, 'base64'), i.billable_units, i.international, i.phone_prefix, i.rate_multiplier,
      i.reply_to_text, i.postage, i.document_download_count, i.unsubscribe_link, i.created_by_id, i.correlation_id,
      i.job_id, i.job_row_number
    from json_to_recordset(${JSON.stringify(notifications)}::json) as i(
      id uuid, service_id uuid, template_id uuid, template_version int, api_key_id uuid, key_type text,
      notification_type text, status text, created_at timestamptz, sent_at timestamptz, client_reference text,
      reference text, recipient text, normalised_to text, personalisation text, billable_units int,
      international boolean, phone_prefix text, rate_multiplier numeric, reply_to_text text, postage text,
      document_download_count int, unsubscribe_link text, created_by_id uuid, correlation_id text,
      job_id uuid, job_row_number int
    )
    where ${condition}
    ${
      notifications.some((notification) => notification.job_id !== undefined)
        ? sql`on conflict (job_id, job_row_number) where job_id is not null do nothing`
        : sql``
    }
    returning overlay(id::text placing '7' from 15 for 1)::uuid as id`;
}

/** Rows that need no job: they are final from the start. */
export async function insertFinalNotifications(
  handle: Handle,
  notifications: NewNotification[],
): Promise<void> {
  await insertRows(notifications, sql`true`).execute(handle);
}
