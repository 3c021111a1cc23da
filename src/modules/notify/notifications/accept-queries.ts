import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Alongside } from '#platform/jobs';
import type { NewNotification } from './accept.ts';

/**
 * Inserts all notifications, but for rows of bulk sends that are there already; or none, with SQLSTATE NT429, when the
 * statement waited for locks for `withinMs` or longer.
 */
export function insertNotifications(
  notifications: NewNotification[],
  withinMs: number | undefined,
): Alongside {
  // now() is when the server got the statement, before it waited for anything.
  const condition =
    withinMs === undefined
      ? sql`true`
      : sql`case when clock_timestamp() - now() < ${Math.floor(withinMs)}::int * interval '1 millisecond' then true
          else notify.refuse_over_limit() end`;
  return { insert: insertRows(notifications, condition) };
}

/** Types of the columns that a new notification may give; the personalisation comes in base64. */
const COLUMNS: Readonly<Record<keyof NewNotification, string>> = {
  id: 'uuid',
  service_id: 'uuid',
  template_id: 'uuid',
  template_version: 'int',
  api_key_id: 'uuid',
  key_type: 'text',
  notification_type: 'text',
  status: 'text',
  created_at: 'timestamptz',
  sent_at: 'timestamptz',
  client_reference: 'text',
  reference: 'text',
  recipient: 'text',
  normalised_to: 'text',
  personalisation: 'text',
  billable_units: 'int',
  international: 'boolean',
  phone_prefix: 'text',
  rate_multiplier: 'numeric',
  reply_to_text: 'text',
  postage: 'text',
  document_download_count: 'int',
  unsubscribe_link: 'text',
  created_by_id: 'uuid',
  correlation_id: 'text',
  job_id: 'uuid',
  job_row_number: 'int',
};
const NAMES = Object.keys(COLUMNS) as (keyof NewNotification)[];

/**
 * A column an array, and those alone that some row gives: PostgreSQL takes arrays apart far faster than JSON, and rows of
 * one channel give about half of the columns. The job of a notification has its id with another version digit, and
 * `returning id` must give the job's.
 */
function insertRows(notifications: NewNotification[], condition: RawBuilder<unknown>): RawBuilder<unknown> {
  const given = NAMES.filter((name) => notifications.some((row) => row[name] != null));
  const targets = given.map((name) => (name === 'status' ? 'notification_status' : name));
  const values = given.map((name) =>
    name === 'personalisation' ? "decode(i.personalisation, 'base64')" : `i.${name}`,
  );
  const arrays = given.map((name) => sql`${arrayOf(notifications, name)}::${sql.raw(`${COLUMNS[name]}[]`)}`);
  return sql`
    insert into notify.notifications (${sql.raw(targets.join(', '))})
    select ${sql.raw(values.join(', '))}
    from unnest(${sql.join(arrays)}) as i(${sql.raw(given.join(', '))})
    where ${condition}
    ${
      given.includes('job_id')
        ? sql`on conflict (job_id, job_row_number) where job_id is not null do nothing`
        : sql``
    }
    returning overlay(id::text placing '7' from 15 for 1)::uuid as id`;
}

/** One column as an array literal of PostgreSQL, which the driver would write in a slower way. */
function arrayOf(notifications: NewNotification[], name: keyof NewNotification): string {
  return `{${notifications.map((row) => elementOf(row[name])).join(',')}}`;
}

function elementOf(value: NewNotification[keyof NewNotification]): string {
  if (value == null) return 'NULL';
  if (value instanceof Date) return `"${value.toISOString()}"`;
  if (typeof value !== 'string') return String(value);
  return `"${/["\\]/.test(value) ? value.replace(/["\\]/g, '\\$&') : value}"`;
}

/** Rows that need no job: they are final from the start. */
export async function insertFinalNotifications(
  handle: Handle,
  notifications: NewNotification[],
): Promise<void> {
  await insertRows(notifications, sql`true`).execute(handle);
}
