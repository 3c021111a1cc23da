import { type Kysely, sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Returns false for an alert that was raised before. */
export async function insertAlert(handle: Handle, key: string, now: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into notify.alerts (key, created_at) values (${key}, ${now}) on conflict do nothing`.execute(
    handle,
  );
  return numAffectedRows === 1n;
}

export async function isAlertRaised(handle: Handle, key: string): Promise<boolean> {
  const { rows } = await sql`select 1 from notify.alerts where key = ${key}`.execute(handle);
  return rows.length > 0;
}

export async function countLettersCreatedBefore(handle: Handle, before: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from notify.notifications
    where notification_type = 'letter' and notification_status = 'created' and key_type = 'normal'
      and created_at < ${before}`.execute(handle);
  return rows[0]?.count ?? 0;
}

export async function countLettersInTechnicalFailure(handle: Handle, since: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from notify.notifications
    where notification_type = 'letter' and notification_status = 'technical-failure' and key_type = 'normal'
      and created_at >= ${since}::timestamptz - interval '30 days' and updated_at >= ${since}`.execute(
    handle,
  );
  return rows[0]?.count ?? 0;
}

export async function countLettersSendingSince(handle: Handle, sentBefore: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from notify.notifications
    where notification_type = 'letter' and notification_status = 'sending' and key_type = 'normal'
      and sent_at < ${sentBefore}`.execute(handle);
  return rows[0]?.count ?? 0;
}

export async function countLettersPendingVirusCheck(
  handle: Handle,
  window: { from: Date; to: Date },
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from notify.notifications
    where notification_type = 'letter' and notification_status = 'pending-virus-check'
      and created_at >= ${window.from} and created_at < ${window.to}`.execute(handle);
  return rows[0]?.count ?? 0;
}

export async function countFreeNumbers(handle: Handle): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from notify.inbound_numbers where active and service_id is null`.execute(
    handle,
  );
  return rows[0]?.count ?? 0;
}

export interface FailureRate {
  service_id: string;
  total: number;
  permanent: number;
  to_tv_numbers: number;
}

/** Live services with many texts in a day, of which many failed for good or went to numbers that exist in films only. */
export async function findSuspiciousServices(
  handle: Handle,
  window: { from: Date; to: Date },
): Promise<FailureRate[]> {
  const { rows } = await sql<FailureRate>`
    select n.service_id, count(*)::int as total,
      count(*) filter (where n.notification_status = 'permanent-failure')::int as permanent,
      count(*) filter (where substring(n.normalised_to from 3 for 7) = '7700900')::int as to_tv_numbers
    from notify.services s
      join notify.notifications n on n.service_id = s.id and n.key_type in ('normal', 'team')
        and n.created_at >= ${window.from} and n.created_at < ${window.to} and n.notification_type = 'sms'
    where s.active and not s.restricted
    group by n.service_id
    having (count(*) >= 10000 and count(*) filter (where n.notification_status = 'permanent-failure') >= 0.25 * count(*))
      or count(*) filter (where substring(n.normalised_to from 3 for 7) = '7700900') > 500
    order by n.service_id`.execute(handle);
  return rows;
}

/** Counts another slow minute, or starts anew; a second call for one minute counts nothing. Returns the minutes so far. */
export async function countSlowMinute(
  handle: Handle,
  minute: Date,
  isSlow: boolean,
): Promise<number | undefined> {
  const { rows } = await sql<{ minutes: number }>`
    insert into notify.slow_text_minutes as m (minutes, last_minute) values (${isSlow ? 1 : 0}, ${minute})
    on conflict (id) do update
      set minutes = case when ${isSlow} then m.minutes + 1 else 0 end, last_minute = excluded.last_minute
      where m.last_minute < excluded.last_minute
    returning minutes`.execute(handle);
  return rows[0]?.minutes;
}

/** What must never happen quietly: letters that nobody printed or that no printer told of, past what is usual. */
export async function countStuckLetters(
  handle: Handle,
  times: { deadline: Date; retention: Date },
): Promise<{ past_deadline: number; sending_past_retention: number }> {
  const { rows } = await sql<{ past_deadline: number; sending_past_retention: number }>`
    select count(*) filter (where notification_status = 'created' and created_at < ${times.deadline})::int as past_deadline,
      count(*) filter (where notification_status = 'sending' and created_at < ${times.retention})::int
        as sending_past_retention
    from notify.notifications
    where notification_type = 'letter' and notification_status in ('created', 'sending') and key_type <> 'test'`.execute(
    handle,
  );
  return rows[0] ?? { past_deadline: 0, sending_past_retention: 0 };
}

/** People who began in a window and would take part in research. */
export async function findNewUsersForResearch(
  handle: Handle,
  window: { from: Date; to: Date },
): Promise<{ id: string; name: string; email_address: string }[]> {
  const { rows } = await sql<{ id: string; name: string; email_address: string }>`
    select id, name, email_address from notify.users
    where state = 'active' and take_part_in_research and created_at >= ${window.from} and created_at < ${window.to}
    order by created_at, id`.execute(handle);
  return rows;
}

const MOST_REPORT_ROWS = 100_000;

/** A query that an operator wrote into the settings. It may read, for two minutes at most, and nothing else. */
export async function runReportQuery(
  handle: Kysely<unknown>,
  query: string,
): Promise<{ columns: string[]; rows: Record<string, unknown>[] }> {
  return handle.transaction().execute(async (trx) => {
    await sql`set transaction read only`.execute(trx);
    await sql`set local statement_timeout = '120s'`.execute(trx);
    const { rows } = await sql<Record<string, unknown>>`
      select * from (${sql.raw(query)}) as report limit ${MOST_REPORT_ROWS}`.execute(trx);
    return { columns: Object.keys(rows[0] ?? {}), rows };
  });
}

/** Email brands of a window that no administrator of the platform made, nor the product itself. */
export async function findNewBrands(
  handle: Handle,
  window: { from: Date; to: Date },
): Promise<{ id: string; name: string }[]> {
  const { rows } = await sql<{ id: string; name: string }>`
    select b.id, b.name from notify.email_brands b join notify.users u on u.id = b.created_by_id
    where b.created_at >= ${window.from} and b.created_at < ${window.to} and not u.platform_admin
    order by b.created_at, b.id`.execute(handle);
  return rows;
}
