// What a service has uploaded: files of recipients and PDFs of letters (internals section 3.4.8).
import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import { PRECOMPILED_NAME } from '../services/templates.ts';

export interface UploadListRow {
  /** Null for a day of letters. */
  id: string | null;
  original_file_name: string;
  notification_count: number;
  /** Of a bulk send; a day of letters is told by its `day` instead. */
  created_at: Date | null;
  /** The London day on which letters are printed. */
  day: string | null;
  template_type: string;
  started: boolean;
}

/** Names of files that lists leave out: messages that were sent one by one. */
const HIDDEN_NAMES = ['Test message', 'Report'];

/** When letters of a moment are printed: what is made after 17:30 by London clocks belongs to the next day. */
const PRINT_DAY = sql`((n.created_at at time zone 'Europe/London') + interval '6 hours 30 minutes')::date`;

function isUploaded(serviceId: string): RawBuilder<unknown> {
  return sql`n.service_id = ${serviceId} and n.key_type = any(array['normal', 'team']) and n.notification_type = 'letter'
    and n.api_key_id is null and n.job_id is null
    and n.template_id in (
      select t.id from notify.templates t
      where t.service_id = ${serviceId} and t.hidden and t.name = ${PRECOMPILED_NAME})`;
}

/** The moment retention of a channel reaches back to, by London days. */
function keptSince(serviceId: string, type: RawBuilder<unknown>, now: Date): RawBuilder<unknown> {
  return sql`(date_trunc('day', ${now}::timestamptz at time zone 'Europe/London') - make_interval(days => coalesce(
    (select r.days_of_retention from notify.data_retention r
      where r.service_id = ${serviceId} and r.notification_type = ${type}), 7))) at time zone 'Europe/London'`;
}

/** Newest first: a bulk send by when it was to be sent, a day of letters by the end of it. */
export async function listUploads(
  handle: Handle,
  of: { serviceId: string; since: Date | undefined; now: Date; limit: number; offset: number },
): Promise<{ rows: UploadListRow[]; total: number }> {
  const { serviceId, since, now } = of;
  const { rows } = await sql<UploadListRow & { total: number }>`
    with uploads as (
      select b.id, b.original_file_name, b.notification_count, coalesce(b.scheduled_for, b.created_at) as created_at,
        null::date as day, b.template_type, b.processing_started is not null as started,
        coalesce(b.scheduled_for, b.created_at) as sorted_by
      from notify.bulk_sends b
      where b.service_id = ${serviceId} and b.status not in ('cancelled', 'scheduled') and b.contact_list_id is null
        and not b.original_file_name = any(${HIDDEN_NAMES}::text[])
        and coalesce(b.scheduled_for, b.created_at) >= ${keptSince(serviceId, sql`b.template_type`, now)}
        ${since === undefined ? sql`` : sql`and b.created_at >= ${since}`}
      union all
      select null, 'Uploaded letters', count(*)::int, null, ${PRINT_DAY}, 'letter', false,
        (${PRINT_DAY} + interval '17 hours 30 minutes') at time zone 'Europe/London'
      from notify.notifications n
      where ${isUploaded(serviceId)} and n.notification_status <> 'cancelled'
        and n.created_at >= ${keptSince(serviceId, sql`'letter'`, now)}
        ${since === undefined ? sql`` : sql`and n.created_at >= ${since}`}
      group by ${PRINT_DAY}
    )
    select id, original_file_name, notification_count, created_at, day::text as day, template_type, started,
      count(*) over ()::int as total
    from uploads order by sorted_by desc, id limit ${of.limit} offset ${of.offset}`.execute(handle);
  return { rows: rows.map(({ total: _total, ...row }) => row), total: rows[0]?.total ?? 0 };
}

/** Ids of the letters of one print day, newest first. */
export async function listUploadedLetters(
  handle: Handle,
  of: { serviceId: string; from: Date; until: Date; limit: number; offset: number },
): Promise<{ ids: string[]; total: number }> {
  const { rows } = await sql<{ id: string; total: number }>`
    select n.id, count(*) over ()::int as total from notify.notifications n
    where ${isUploaded(of.serviceId)} and n.notification_status <> 'cancelled'
      and n.created_at >= ${of.from} and n.created_at < ${of.until}
    order by n.created_at desc, n.id desc limit ${of.limit} offset ${of.offset}`.execute(handle);
  return { ids: rows.map(({ id }) => id), total: rows[0]?.total ?? 0 };
}

/** A letter that was sent under this id, by whichever service. */
export async function findSentLetter(
  handle: Handle,
  id: string,
): Promise<{ service_id: string } | undefined> {
  const { rows } = await sql<{ service_id: string }>`
    select service_id from notify.notifications where id = ${id}
    union all
    select service_id from notify.notification_history where id = ${id}
    limit 1`.execute(handle);
  return rows[0];
}
