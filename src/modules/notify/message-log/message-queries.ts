import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Status } from '../notifications/notification.ts';

/** A message as its team sees it: internals section 3.3. */
export interface MessageRow {
  id: string;
  service_id: string;
  template_id: string;
  template_version: number;
  key_type: string;
  notification_type: 'sms' | 'email' | 'letter';
  notification_status: Status;
  created_at: Date;
  sent_at: Date | null;
  updated_at: Date | null;
  sent_by: string | null;
  reference: string | null;
  client_reference: string | null;
  recipient: string;
  normalised_to: string | null;
  personalisation: Buffer | null;
  job_id: string | null;
  job_row_number: number | null;
  job_file_name: string | null;
  billable_units: number;
  international: boolean;
  phone_prefix: string | null;
  rate_multiplier: string | null;
  reply_to_text: string | null;
  postage: string | null;
  document_download_count: number | null;
  unsubscribe_link: string | null;
  api_key_id: string | null;
  api_key_name: string | null;
  created_by: { id: string; name: string; email_address: string } | null;
  redact_personalisation: boolean;
  send_attempts: number;
  correlation_id: string | null;
}

const COLUMNS = sql`n.id, n.service_id, n.template_id, n.template_version, n.key_type, n.notification_type,
  n.notification_status, n.created_at, n.sent_at, n.updated_at, n.sent_by, n.reference, n.client_reference, n.recipient,
  n.normalised_to, n.personalisation, n.job_id, n.job_row_number, j.original_file_name as job_file_name,
  n.billable_units, n.international, n.phone_prefix, n.rate_multiplier, n.reply_to_text, n.postage,
  n.document_download_count, n.unsubscribe_link, n.api_key_id, k.name as api_key_name,
  case when u.id is null then null
    else json_build_object('id', u.id, 'name', u.name, 'email_address', u.email_address) end as created_by,
  coalesce(t.redact_personalisation, false) as redact_personalisation, n.send_attempts, n.correlation_id`;
const JOINS = sql`
  left join notify.bulk_sends j on j.id = n.job_id
  left join notify.api_keys k on k.id = n.api_key_id
  left join notify.users u on u.id = n.created_by_id
  left join notify.templates t on t.id = n.template_id`;

export async function findMessage(
  handle: Handle,
  serviceId: string,
  id: string,
): Promise<MessageRow | undefined> {
  const { rows } = await sql<MessageRow>`
    select ${COLUMNS} from notify.notifications n ${JOINS}
    where n.id = ${id} and n.service_id = ${serviceId}`.execute(handle);
  return rows[0];
}

/** Those of `ids` that are the service's, newest first. */
export async function findMessages(
  handle: Handle,
  serviceId: string,
  ids: readonly string[],
): Promise<MessageRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<MessageRow>`
    select ${COLUMNS} from notify.notifications n ${JOINS}
    where n.id = any(${[...ids]}::uuid[]) and n.service_id = ${serviceId}
    order by n.created_at desc, n.id desc`.execute(handle);
  return rows;
}

export interface MessageFilter {
  serviceId: string;
  /** Undefined where the filter leaves nothing out. */
  types?: readonly string[] | undefined;
  statuses?: readonly string[] | undefined;
  jobId?: string | undefined;
  templateId?: string | undefined;
  withTestKeys: boolean;
  withJobs: boolean;
  withOneOffs: boolean;
  since?: Date | undefined;
  /** A part of the recipient in its normal form, or of the client's reference. */
  search?: { recipient: string; reference: string } | undefined;
  /** Messages before this one, by key; an unknown id finds none. */
  olderThan?: string | undefined;
  /** Rows of a bulk send come in the order of its file. */
  isByRow?: boolean;
  offset?: number;
  limit: number;
}

export async function listMessages(handle: Handle, filter: MessageFilter): Promise<MessageRow[]> {
  const order = filter.isByRow ? sql`n.job_row_number, n.id` : sql`n.created_at desc, n.id desc`;
  const { rows } = await sql<MessageRow>`
    select ${COLUMNS}
    from (
      select * from notify.notifications n where ${conditionsOf(filter)}
      order by ${order} limit ${filter.limit} offset ${filter.offset ?? 0}
    ) n ${JOINS}
    order by ${order}`.execute(handle);
  return rows;
}

export async function countMessages(handle: Handle, filter: MessageFilter): Promise<number> {
  const { rows } = await sql<{ messages: number }>`
    select count(*)::int as messages from notify.notifications n where ${conditionsOf(filter)}`.execute(
    handle,
  );
  return rows[0]?.messages ?? 0;
}

function conditionsOf(filter: MessageFilter) {
  const keyTypes = filter.withTestKeys ? ['normal', 'team', 'test'] : ['normal', 'team'];
  const { types, statuses, jobId, templateId, since, search, olderThan } = filter;
  const isOneOff = sql`(n.job_id is null and n.api_key_id is null)`;
  const conditions = [
    sql`n.service_id = ${filter.serviceId}`,
    sql`n.key_type = any(${keyTypes}::text[])`,
    ...(types === undefined ? [] : [sql`n.notification_type = any(${[...types]}::text[])`]),
    ...(statuses === undefined ? [] : [sql`n.notification_status = any(${[...statuses]}::text[])`]),
    ...(statuses === undefined || statuses.includes('delivered')
      ? []
      : [sql`n.notification_status <> 'delivered'`]),
    ...(jobId === undefined ? [] : [sql`n.job_id = ${jobId}`]),
    ...(templateId === undefined ? [] : [sql`n.template_id = ${templateId}`]),
    ...(filter.withJobs ? [] : [sql`n.job_id is null`]),
    ...(filter.withOneOffs ? [] : [sql`not ${isOneOff}`]),
    ...(since === undefined ? [] : [sql`n.created_at >= ${since}`]),
    ...(search === undefined
      ? []
      : [
          sql`(position(${search.recipient} in n.normalised_to) > 0
            or position(lower(${search.reference}) in lower(n.client_reference)) > 0)`,
        ]),
    ...(olderThan === undefined
      ? []
      : [
          sql`(n.created_at, n.id) < (
            select o.created_at, o.id from notify.notifications o
            where o.id = ${olderThan} and o.service_id = ${filter.serviceId})`,
        ]),
  ];
  return sql.join(conditions, sql` and `);
}

/** Messages billed in the recorded days, for the size of a report. */
export async function countSentFacts(
  handle: Handle,
  filter: { serviceId: string; types: readonly string[]; from: string },
): Promise<number> {
  const { rows } = await sql<{ sent: number }>`
    select coalesce(sum(notifications_sent), 0)::int as sent from notify.ft_billing
    where service_id = ${filter.serviceId} and notification_type = any(${[...filter.types]}::text[])
      and bst_date >= ${filter.from}::date`.execute(handle);
  return rows[0]?.sent ?? 0;
}
