import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Status } from '../notifications/notification.ts';
import type { NotificationType } from '../services/service.ts';

export interface ReportRequestRow {
  id: string;
  user_id: string | null;
  service_id: string;
  report_type: string;
  status: 'pending' | 'in progress' | 'stored' | 'failed' | 'deleted';
  parameter: { notification_type?: NotificationType; notification_status?: string };
  created_at: Date;
  updated_at: Date | null;
}

const COLUMNS = sql.raw('id, user_id, service_id, report_type, status, parameter, created_at, updated_at');

export async function findReportRequest(
  handle: Handle,
  id: string,
  serviceId?: string,
): Promise<ReportRequestRow | undefined> {
  const { rows } = await sql<ReportRequestRow>`
    select ${COLUMNS} from notify.report_requests
    where id = ${id} ${serviceId === undefined ? sql`` : sql`and service_id = ${serviceId}`}`.execute(handle);
  return rows[0];
}

/** The same request of the same person that is still being worked on. */
export async function findOpenRequest(
  handle: Handle,
  like: { userId: string; serviceId: string; parameter: object; since: Date },
): Promise<ReportRequestRow | undefined> {
  const { rows } = await sql<ReportRequestRow>`
    select ${COLUMNS} from notify.report_requests
    where user_id = ${like.userId} and service_id = ${like.serviceId} and status in ('pending', 'in progress')
      and parameter = ${JSON.stringify(like.parameter)}::jsonb and coalesce(updated_at, created_at) >= ${like.since}
    order by created_at desc limit 1`.execute(handle);
  return rows[0];
}

/** Wishes of one person wait for each other until the transaction ends, so that a double click is one wish. */
export async function lockWishes(handle: Handle, userId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`notify report ${userId}`}, 0))`.execute(handle);
}

export async function insertReportRequest(
  handle: Handle,
  request: { id: string; userId: string; serviceId: string; parameter: object; now: Date },
): Promise<void> {
  await sql`
    insert into notify.report_requests (id, user_id, service_id, report_type, status, parameter, created_at)
    values (${request.id}, ${request.userId}, ${request.serviceId}, 'notifications_report', 'pending',
      ${JSON.stringify(request.parameter)}::jsonb, ${request.now})`.execute(handle);
}

export async function changeReportStatus(
  handle: Handle,
  change: { id: string; from: readonly string[]; to: 'in progress' | 'stored' | 'failed'; now: Date },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.report_requests set status = ${change.to}, updated_at = ${change.now}
    where id = ${change.id} and status = any(${[...change.from]}::text[])`.execute(handle);
  return numAffectedRows === 1n;
}

export interface ReportedRow {
  id: string;
  created_at_text: string;
  created_at: Date;
  recipient: string;
  client_reference: string | null;
  template_name: string | null;
  notification_type: NotificationType;
  notification_status: Status;
  created_by_name: string | null;
  created_by_email: string | null;
  job_name: string | null;
  api_key_name: string | null;
}

/** Messages of a service, newest first, by (created_at, id): rows of one moment never fall between two pages. */
export async function listReportedPage(
  handle: Handle,
  page: {
    serviceId: string;
    types: readonly NotificationType[];
    statuses: readonly Status[] | undefined;
    since: Date;
    after: { createdAt: string; id: string } | undefined;
    limit: number;
  },
): Promise<ReportedRow[]> {
  const { after, statuses } = page;
  const { rows } = await sql<ReportedRow>`
    select n.id, n.created_at::text as created_at_text, n.created_at, n.recipient, n.client_reference,
      t.name as template_name, n.notification_type, n.notification_status, u.name as created_by_name,
      u.email_address as created_by_email, b.original_file_name as job_name, k.name as api_key_name
    from notify.notifications n
      left join notify.templates_history t on t.id = n.template_id and t.version = n.template_version
      left join notify.users u on u.id = n.created_by_id
      left join notify.bulk_sends b on b.id = n.job_id
      left join notify.api_keys k on k.id = n.api_key_id
    where n.service_id = ${page.serviceId} and n.key_type in ('normal', 'team')
      and n.notification_type = any(${[...page.types]}::text[]) and n.created_at >= ${page.since}
      ${statuses === undefined ? sql`` : sql`and n.notification_status = any(${[...statuses]}::text[])`}
      ${after === undefined ? sql`` : sql`and (n.created_at, n.id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`}
    order by n.created_at desc, n.id desc limit ${page.limit}`.execute(handle);
  return rows;
}
