// Retention of everything that is no message: internals sections 6.11.5 and 6.11.6.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { NotificationType } from '../services/service.ts';

export interface CustomRetention {
  service_id: string;
  notification_type: NotificationType;
  days: number;
}

export async function listRetentions(handle: Handle): Promise<CustomRetention[]> {
  const { rows } = await sql<CustomRetention>`
    select service_id, notification_type, days_of_retention as days from notify.data_retention`.execute(
    handle,
  );
  return rows;
}

/** Texts received before a time move to history without number and content: of one service, or of all but some. */
export async function archiveReceivedTexts(
  handle: Handle,
  of: { before: Date; serviceId?: string; except?: readonly string[]; limit: number },
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with chosen as materialized (
      select id, service_id, notify_number, provider_date, provider_reference, provider, created_at
      from notify.inbound_sms where created_at < ${of.before}
        ${of.serviceId === undefined ? sql`` : sql`and service_id = ${of.serviceId}`}
        ${of.except === undefined ? sql`` : sql`and not service_id = any(${[...of.except]}::uuid[])`}
      order by created_at limit ${of.limit} for update skip locked
    ),
    archived as (
      insert into notify.inbound_sms_history
        (id, service_id, notify_number, provider_date, provider_reference, provider, created_at)
      select id, service_id, notify_number, provider_date, provider_reference, provider, created_at from chosen
      on conflict do nothing
    ),
    removed as (delete from notify.inbound_sms i using chosen where i.id = chosen.id returning i.id)
    select count(*)::int as count from removed`.execute(handle);
  return rows[0]?.count ?? 0;
}

/** Bulk sends of one channel whose file is past its time lose it; returns them. */
export async function archiveBulkFiles(
  handle: Handle,
  of: {
    types: readonly NotificationType[];
    before: Date;
    serviceId?: string;
    exceptType?: readonly { service_id: string; notification_type: string }[];
    now: Date;
    limit: number;
  },
): Promise<{ id: string; service_id: string }[]> {
  const except = JSON.stringify(of.exceptType ?? []);
  const { rows } = await sql<{ id: string; service_id: string }>`
    with chosen as (
      select b.id from notify.bulk_sends b
      where not b.archived and b.template_type = any(${[...of.types]}::text[])
        and coalesce(b.scheduled_for, b.created_at) < ${of.before}
        and b.status not in ('scheduled', 'pending', 'in progress')
        ${of.serviceId === undefined ? sql`` : sql`and b.service_id = ${of.serviceId}`}
        and not exists (
          select 1 from json_to_recordset(${except}::json) as e(service_id uuid, notification_type text)
          where e.service_id = b.service_id and e.notification_type = b.template_type)
      limit ${of.limit} for update skip locked
    ),
    gone as (delete from notify.bulk_uploads u using chosen where u.id = chosen.id)
    update notify.bulk_sends b set archived = true, updated_at = ${of.now} from chosen where b.id = chosen.id
    returning b.id, b.service_id`.execute(handle);
  return rows;
}

export async function archiveBulkFilesBetween(
  handle: Handle,
  of: { from: Date; to: Date; now: Date },
): Promise<{ id: string; service_id: string }[]> {
  const { rows } = await sql<{ id: string; service_id: string }>`
    update notify.bulk_sends set archived = true, updated_at = ${of.now}
    where not archived and created_at >= ${of.from} and created_at < ${of.to}
      and status not in ('scheduled', 'pending', 'in progress')
    returning id, service_id`.execute(handle);
  return rows;
}

/** Unsubscribe requests that are done with, or that nobody fetched, lose their address. */
export async function archiveUnsubscribes(
  handle: Handle,
  before: { batched: Date; unbatched: Date },
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with chosen as materialized (
      select r.* from notify.unsubscribe_requests r
        left join notify.unsubscribe_reports b on b.id = r.unsubscribe_request_report_id
      where (b.id is not null and b.created_at < ${before.batched})
        or (r.unsubscribe_request_report_id is null and r.created_at < ${before.unbatched})
      limit 10000 for update of r skip locked
    ),
    archived as (
      insert into notify.unsubscribe_requests_history (id, notification_id, service_id, template_id, template_version,
        unsubscribe_request_report_id, processed_by_service_at, created_at)
      select id, notification_id, service_id, template_id, template_version, unsubscribe_request_report_id,
        processed_by_service_at, created_at from chosen
      on conflict do nothing
    ),
    removed as (delete from notify.unsubscribe_requests r using chosen where r.id = chosen.id returning r.id)
    select count(*)::int as count from removed`.execute(handle);
  return rows[0]?.count ?? 0;
}

export async function deleteVerifyCodes(handle: Handle, before: Date): Promise<number> {
  const { numAffectedRows } = await sql`delete from notify.verify_codes where created_at < ${before}`.execute(
    handle,
  );
  return Number(numAffectedRows ?? 0n);
}

export async function deleteInvitations(handle: Handle, before: Date): Promise<number> {
  const people = await sql`delete from notify.invited_users where created_at < ${before}`.execute(handle);
  const members = await sql`
    delete from notify.invited_organisation_users where created_at < ${before}`.execute(handle);
  return Number(people.numAffectedRows ?? 0n) + Number(members.numAffectedRows ?? 0n);
}

export async function deleteAdminEvents(handle: Handle, before: Date): Promise<number> {
  const { numAffectedRows } = await sql`delete from notify.admin_events where created_at < ${before}`.execute(
    handle,
  );
  return Number(numAffectedRows ?? 0n);
}

/** Reports that can be fetched no more; returns whose files must go. */
export async function expireReports(
  handle: Handle,
  window: { from: Date; to: Date; now: Date },
): Promise<{ id: string }[]> {
  const { rows } = await sql<{ id: string }>`
    update notify.report_requests set status = 'deleted', updated_at = ${window.now}
    where status <> 'deleted' and created_at >= ${window.from} and created_at < ${window.to} returning id`.execute(
    handle,
  );
  return rows;
}

export async function lockDeepArchive(handle: Handle): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('notify deep archive', 0))`.execute(handle);
}

/** The oldest hour with history before a time that is not exported yet; undefined when there is none. */
export async function findOldestHour(
  handle: Handle,
  options: { before: Date; skipsExported: boolean },
): Promise<Date | undefined> {
  const { rows } = await sql<{ hour: Date }>`
    select date_trunc('hour', h.created_at) as hour from notify.notification_history h
    where h.created_at < ${options.before}
      ${
        options.skipsExported
          ? sql`and not exists (
              select 1 from notify.archived_hours a where a.hour = date_trunc('hour', h.created_at))`
          : sql``
      }
    order by h.created_at limit 1`.execute(handle);
  return rows[0]?.hour;
}

/** Rows of an hour of history as JSON, a page at a time, locked against changes until the transaction ends. */
export async function lockHourPage(
  handle: Handle,
  page: { from: Date; to: Date; after: { createdAt: string; id: string } | undefined; limit: number },
): Promise<{ id: string; created_at: string; line: string }[]> {
  const { after } = page;
  const { rows } = await sql<{ id: string; created_at: string; line: string }>`
    select id, created_at::text as created_at, row_to_json(h)::text as line from notify.notification_history h
    where created_at >= ${page.from} and created_at < ${page.to}
      ${after === undefined ? sql`` : sql`and (created_at, id) > (${after.createdAt}::timestamptz, ${after.id}::uuid)`}
    order by created_at, id limit ${page.limit} for share`.execute(handle);
  return rows;
}

export async function deleteHour(handle: Handle, hour: { from: Date; to: Date }): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from notify.notification_history where created_at >= ${hour.from} and created_at < ${hour.to}`.execute(
    handle,
  );
  return Number(numAffectedRows ?? 0n);
}

export async function insertArchivedHour(
  handle: Handle,
  hour: { hour: Date; key: string; rows: number; now: Date },
): Promise<void> {
  await sql`
    insert into notify.archived_hours (hour, blob_key, row_count, exported_at)
    values (${hour.hour}, ${hour.key}, ${hour.rows}, ${hour.now})`.execute(handle);
}

/** Marks exports whose rows are gone, also those of a run that died just before it could. */
export async function markDeletedHours(handle: Handle, now: Date): Promise<void> {
  await sql`
    update notify.archived_hours a set contents_deleted_at = ${now}
    where contents_deleted_at is null and not exists (
      select 1 from notify.notification_history h
      where h.created_at >= a.hour and h.created_at < a.hour + interval '1 hour')`.execute(handle);
}
