// Figures for everybody, as of last night: internals section 3.4.19.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Days } from './volume-queries.ts';

export interface Totals {
  emails: number;
  sms: number;
  letters: number;
}

const COUNTS = sql.raw(
  ['email', 'sms', 'letter']
    .map(
      (type) =>
        `coalesce(sum(notifications_sent) filter (where notification_type = '${type}'), 0)::float8 as ${type === 'sms' ? 'sms' : `${type}s`}`,
    )
    .join(', '),
);

/** Everything ever sent, up to the day before `before`. */
export async function countEverything(handle: Handle, before: string): Promise<Totals> {
  const { rows } = await sql<Totals>`
    select ${COUNTS} from notify.ft_billing where bst_date < ${before}::date`.execute(handle);
  return rows[0] ?? { emails: 0, sms: 0, letters: 0 };
}

export async function countByDay(handle: Handle, days: Days): Promise<(Totals & { date: string })[]> {
  const { rows } = await sql<Totals & { date: string }>`
    select bst_date::text as date, ${COUNTS} from notify.ft_billing
    where bst_date >= ${days.from}::date and bst_date <= ${days.to}::date
    group by bst_date order by bst_date`.execute(handle);
  return rows;
}

/** A day without messages was fast. */
export async function listProcessingTimes(
  handle: Handle,
  days: Days,
): Promise<{ date: string; percentage_under_10_seconds: number }[]> {
  const { rows } = await sql<{ date: string; percentage_under_10_seconds: number }>`
    select bst_date::text as date, case when messages_total = 0 then 100
      else (messages_within_10_secs * 100.0 / messages_total)::float8 end as percentage_under_10_seconds
    from notify.ft_processing_time
    where bst_date >= ${days.from}::date and bst_date <= ${days.to}::date order by bst_date`.execute(handle);
  return rows;
}

export interface ServiceUsingNotify {
  service_id: string;
  service_name: string;
  organisation_id: string;
  organisation_name: string;
}

/** Live services of active organisations. */
export async function listServicesUsingNotify(handle: Handle): Promise<ServiceUsingNotify[]> {
  const { rows } = await sql<ServiceUsingNotify>`
    select s.id as service_id, s.name as service_name, o.id as organisation_id, o.name as organisation_name
    from notify.services s join notify.organisations o on o.id = s.organisation_id
    where s.active and not s.restricted and s.count_as_live and o.active
    order by o.name, s.name, s.id`.execute(handle);
  return rows;
}
