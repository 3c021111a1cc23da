import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface UnsubscribeReportRow {
  id: string;
  service_id: string;
  count: number;
  earliest_timestamp: Date;
  latest_timestamp: Date;
  processed_by_service_at: Date | null;
  created_at: Date;
}

/** Batches of a service, newest first. */
export async function listUnsubscribeReports(
  handle: Handle,
  serviceId: string,
): Promise<UnsubscribeReportRow[]> {
  const { rows } = await sql<UnsubscribeReportRow>`
    select id, service_id, count, earliest_timestamp, latest_timestamp, processed_by_service_at, created_at
    from notify.unsubscribe_reports where service_id = ${serviceId}
    order by latest_timestamp desc, id`.execute(handle);
  return rows;
}

export async function findUnsubscribeReport(
  handle: Handle,
  serviceId: string,
  id: string,
): Promise<UnsubscribeReportRow | undefined> {
  const { rows } = await sql<UnsubscribeReportRow>`
    select id, service_id, count, earliest_timestamp, latest_timestamp, processed_by_service_at, created_at
    from notify.unsubscribe_reports where id = ${id} and service_id = ${serviceId}`.execute(handle);
  return rows[0];
}

/** Requests that are in no batch yet. */
export async function summariseUnbatched(
  handle: Handle,
  serviceId: string,
): Promise<{ count: number; earliest: Date | null; latest: Date | null }> {
  const { rows } = await sql<{ count: number; earliest: Date | null; latest: Date | null }>`
    select count(*)::int as count, min(created_at) as earliest, max(created_at) as latest
    from notify.unsubscribe_requests where service_id = ${serviceId} and unsubscribe_request_report_id is null`.execute(
    handle,
  );
  return rows[0] ?? { count: 0, earliest: null, latest: null };
}

/** Requests of the last seven days, or such as nobody has processed. */
export async function summariseUnsubscribes(
  handle: Handle,
  serviceId: string,
  since: Date,
): Promise<{ count: number; latest: Date | null }> {
  const { rows } = await sql<{ count: number; latest: Date | null }>`
    select count(*)::int as count, max(r.created_at) as latest
    from notify.unsubscribe_requests r
      left join notify.unsubscribe_reports b on b.id = r.unsubscribe_request_report_id
    where r.service_id = ${serviceId} and (r.created_at >= ${since} or b.processed_by_service_at is null)`.execute(
    handle,
  );
  return rows[0] ?? { count: 0, latest: null };
}

/** A batch of all requests in a closed interval that are in none; its count is what was found. */
export async function insertUnsubscribeReport(
  handle: Handle,
  report: { id: string; serviceId: string; earliest: Date; latest: Date; now: Date },
): Promise<number> {
  await sql`
    insert into notify.unsubscribe_reports (id, service_id, count, earliest_timestamp, latest_timestamp, created_at)
    values (${report.id}, ${report.serviceId}, 0, ${report.earliest}, ${report.latest}, ${report.now})`.execute(
    handle,
  );
  const { rows } = await sql<{ count: number }>`
    with chosen as (
      update notify.unsubscribe_requests set unsubscribe_request_report_id = ${report.id}
      where service_id = ${report.serviceId} and unsubscribe_request_report_id is null
        and created_at >= ${report.earliest} and created_at <= ${report.latest}
      returning id
    )
    update notify.unsubscribe_reports set count = (select count(*) from chosen) where id = ${report.id}
    returning count`.execute(handle);
  return rows[0]?.count ?? 0;
}

/** A service has dealt with a batch, or takes that back. Its requests follow, so that new ones may be made. */
export async function setProcessed(
  handle: Handle,
  change: { serviceId: string; id: string; processedAt: Date | null },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.unsubscribe_reports set processed_by_service_at = ${change.processedAt}
    where id = ${change.id} and service_id = ${change.serviceId}`.execute(handle);
  // A request made since stays the open one where its message has two.
  await sql`
    update notify.unsubscribe_requests r set processed_by_service_at = ${change.processedAt}
    where unsubscribe_request_report_id = ${change.id} and service_id = ${change.serviceId}
      and (${change.processedAt}::timestamptz is not null or not exists (
        select 1 from notify.unsubscribe_requests o
        where o.notification_id = r.notification_id and o.id <> r.id and o.processed_by_service_at is null))`.execute(
    handle,
  );
  return numAffectedRows === 1n;
}

export interface UnsubscribeLine {
  email_address: string;
  template_name: string | null;
  original_file_name: string | null;
  template_sent_at: Date | null;
  unsubscribe_request_received_at: Date;
}

/** The requests of a batch with what they answer to. */
export async function listUnsubscribeLines(handle: Handle, reportId: string): Promise<UnsubscribeLine[]> {
  const { rows } = await sql<UnsubscribeLine>`
    select r.email_address, t.name as template_name, b.original_file_name,
      coalesce(n.sent_at, h.sent_at) as template_sent_at, r.created_at as unsubscribe_request_received_at
    from notify.unsubscribe_requests r
      left join notify.templates_history t on t.id = r.template_id and t.version = r.template_version
      left join notify.notifications n on n.id = r.notification_id
      left join notify.notification_history h on h.id = r.notification_id
      left join notify.bulk_sends b on b.id = coalesce(n.job_id, h.job_id)
    where r.unsubscribe_request_report_id = ${reportId}
    order by r.created_at desc, r.id`.execute(handle);
  return rows;
}

/** One of the two lists that Notify itself writes to; returns whether such a person was found. */
export async function leaveMailingList(
  handle: Handle,
  leave: { list: 'research' | 'features'; emailAddress: string; now: Date },
): Promise<boolean> {
  const column = leave.list === 'research' ? 'take_part_in_research' : 'receives_new_features_email';
  const { numAffectedRows } = await sql`
    update notify.users set ${sql.id(column)} = false, updated_at = ${leave.now}
    where lower(email_address) = lower(${leave.emailAddress})`.execute(handle);
  return (numAffectedRows ?? 0n) > 0n;
}
