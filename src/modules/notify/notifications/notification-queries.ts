import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { KeyType, NotificationType } from '../services/service.ts';
import type { Status } from './notification.ts';

/** What the public API shows of a notification. */
export interface NotificationRow {
  id: string;
  service_id: string;
  template_id: string;
  template_version: number;
  key_type: KeyType;
  notification_type: NotificationType;
  notification_status: Status;
  created_at: Date;
  sent_at: Date | null;
  updated_at: Date | null;
  reference: string | null;
  client_reference: string | null;
  recipient: string;
  personalisation: Buffer | null;
  billable_units: number;
  rate_multiplier: string | null;
  postage: string | null;
  unsubscribe_link: string | null;
  created_by_name: string | null;
}

const COLUMNS = sql.raw(
  `n.id, n.service_id, n.template_id, n.template_version, n.key_type, n.notification_type, n.notification_status,
   n.created_at, n.sent_at, n.updated_at, n.reference, n.client_reference, n.recipient, n.personalisation,
   n.billable_units, n.rate_multiplier, n.postage, n.unsubscribe_link, u.name as created_by_name`,
);

export async function findNotification(
  handle: Handle,
  serviceId: string,
  id: string,
): Promise<NotificationRow | undefined> {
  const { rows } = await sql<NotificationRow>`
    select ${COLUMNS} from notify.notifications n left join notify.users u on u.id = n.created_by_id
    where n.id = ${id} and n.service_id = ${serviceId}`.execute(handle);
  return rows[0];
}

export interface NotificationFilter {
  serviceId: string;
  keyType: KeyType;
  statuses: readonly Status[] | undefined;
  types: readonly string[] | undefined;
  reference: string | undefined;
  olderThan: string | undefined;
  withJobs: boolean;
  limit: number;
  /** Of values that are read for one page; its first message comes whatever it holds. */
  maxBytes: number;
}

/**
 * Newest first, by key. (created_at, id) and not created_at alone: rows of one moment must not fall between two pages.
 * A filter by status reads the index of undelivered rows, unless delivered ones are wanted as well.
 */
export async function listNotifications(
  handle: Handle,
  filter: NotificationFilter,
): Promise<NotificationRow[]> {
  const { serviceId, statuses, types, reference, olderThan } = filter;
  const conditions = [
    sql`n.service_id = ${serviceId}`,
    sql`n.key_type = ${filter.keyType}`,
    ...(filter.withJobs ? [] : [sql`n.job_id is null`]),
    ...(statuses === undefined ? [] : [sql`n.notification_status = any(${[...statuses]}::text[])`]),
    ...(statuses === undefined || statuses.includes('delivered')
      ? []
      : [sql`n.notification_status <> 'delivered'`]),
    ...(types === undefined ? [] : [sql`n.notification_type = any(${[...types]}::text[])`]),
    // In so many words, for the indexes of texts and of letters: a service of millions of emails may have none.
    ...(isOnly(types, 'letter') ? [sql`n.notification_type = 'letter'`] : []),
    ...(isOnly(types, 'sms') ? [sql`n.notification_type = 'sms'`] : []),
    ...(reference === undefined ? [] : [sql`n.client_reference = ${reference}`]),
    ...(olderThan === undefined
      ? []
      : [
          sql`(n.created_at, n.id) < (
            select o.created_at, o.id from notify.notifications o
            where o.id = ${olderThan} and o.service_id = ${serviceId})`,
        ]),
  ];
  // The length of a value that is kept apart from its row is known without reading it.
  const { rows } = await sql<NotificationRow>`
    with page as (
      select ${COLUMNS} from notify.notifications n left join notify.users u on u.id = n.created_by_id
      where ${sql.join(conditions, sql` and `)}
      order by n.created_at desc, n.id desc
      limit ${filter.limit}
    ),
    sized as (
      select page.*, coalesce(octet_length(personalisation), 0) as bytes,
        sum(octet_length(personalisation)) over (order by created_at desc, id desc) as bytes_so_far
      from page
    )
    select * from sized where coalesce(bytes_so_far, 0) <= greatest(bytes, ${filter.maxBytes}::int)
    order by created_at desc, id desc`.execute(handle);
  return rows;
}

function isOnly(types: readonly string[] | undefined, type: string): boolean {
  return types?.every((one) => one === type) ?? false;
}

export interface StoredRates {
  sms: { valid_from: Date; rate: string }[];
  letters: {
    start_date: Date;
    end_date: Date | null;
    sheet_count: number;
    rate: string;
    post_class: string;
  }[];
}

export async function readRates(handle: Handle): Promise<StoredRates> {
  const sms = await sql<StoredRates['sms'][number]>`
    select valid_from, rate from notify.sms_rates order by valid_from desc`.execute(handle);
  const letters = await sql<StoredRates['letters'][number]>`
    select start_date, end_date, sheet_count, rate, post_class from notify.letter_rates
    order by start_date desc`.execute(handle);
  return { sms: sms.rows, letters: letters.rows };
}
