// Facts of a London day, always made anew from the messages, live and archived: internals section 6.12.
import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { NotificationType } from '../services/service.ts';

/** What facts are about: all messages of one channel on one day, or those of one service. */
export interface FactSlice {
  /** The London day, and when it begins and ends. */
  day: string;
  from: Date;
  to: Date;
  type: NotificationType;
  serviceId?: string;
}

/** Statuses that are paid for, or would be if they cost anything. */
const BILLABLE: Readonly<Record<NotificationType, readonly string[]>> = {
  sms: ['sending', 'sent', 'delivered', 'pending', 'temporary-failure', 'permanent-failure'],
  email: ['sending', 'delivered', 'temporary-failure', 'permanent-failure'],
  letter: ['sending', 'delivered', 'returned-letter'],
};
const CLOCK_MS = 60_000;
const NO_JOB = '00000000-0000-0000-0000-000000000000';

/** Only one run at a time makes the facts of a day and channel; the others wait for it and then make the same. */
export async function lockFacts(handle: Handle, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`notify facts ${name}`}, 0))`.execute(handle);
}

/** Ids sort by time: the primary key finds a day of texts or emails, whose ids are ours and as old as they are. */
function idBound(time: Date, last: boolean): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  const rest = last ? 'ffff-ffff-ffffffffffff' : '0000-0000-000000000000';
  return `${hex.slice(0, 8)}-${hex.slice(8)}-${rest}`;
}

/** Every message of the slice once: a message is in one of the tables, whenever the statement looks. */
function messages(slice: FactSlice, columns: RawBuilder<unknown>): RawBuilder<unknown> {
  const { from, to, type, serviceId } = slice;
  const common = sql`notification_type = ${type} and key_type in ('normal', 'team') and created_at >= ${from}
    and created_at < ${to} ${serviceId === undefined ? sql`` : sql`and service_id = ${serviceId}`}`;
  const byId =
    type === 'letter'
      ? sql``
      : sql`and id >= ${idBound(new Date(from.getTime() - CLOCK_MS), false)}::uuid
          and id <= ${idBound(new Date(to.getTime() + CLOCK_MS), true)}::uuid`;
  return sql`
    select ${columns} from notify.notifications where ${common} ${byId}
    union all
    select ${columns} from notify.notification_history where ${common}`;
}

function ofService(serviceId: string | undefined): RawBuilder<unknown> {
  return serviceId === undefined ? sql`` : sql`and service_id = ${serviceId}`;
}

export async function replaceStatusFacts(handle: Handle, slice: FactSlice): Promise<void> {
  const { day, type, serviceId } = slice;
  await sql`delete from notify.ft_notification_status
    where bst_date = ${day}::date and notification_type = ${type} ${ofService(serviceId)}`.execute(handle);
  await sql`
    insert into notify.ft_notification_status (bst_date, template_id, service_id, job_id, notification_type, key_type,
      notification_status, notification_count)
    select ${day}::date, template_id, service_id, coalesce(job_id, ${NO_JOB}::uuid), ${type}, key_type,
      notification_status, sum(messages)
    from (
      select template_id, service_id, job_id, key_type, notification_status, count(*) as messages
      from (${messages(slice, sql`template_id, service_id, job_id, key_type, notification_status`)}) as m
      group by template_id, service_id, job_id, key_type, notification_status
    ) as counted
    group by 2, 3, 4, 6, 7`.execute(handle);
}

/** The price that held when the day began. */
function rateOf(type: NotificationType, from: Date): RawBuilder<unknown> {
  if (type === 'email') return sql`0::numeric`;
  if (type === 'sms') {
    return sql`coalesce((select r.rate from notify.sms_rates r where r.valid_from <= ${from}
      order by r.valid_from desc limit 1), 0)`;
  }
  return sql`coalesce((select r.rate from notify.letter_rates r
    where r.post_class = m.postage and r.sheet_count = m.sheets and r.start_date <= ${from}
      and (r.end_date is null or r.end_date > ${from}) order by r.start_date desc limit 1), 0)`;
}

export async function replaceBillingFacts(handle: Handle, slice: FactSlice): Promise<void> {
  const { day, from, type, serviceId } = slice;
  await sql`delete from notify.ft_billing
    where bst_date = ${day}::date and notification_type = ${type} ${ofService(serviceId)}`.execute(handle);
  const columns = sql`template_id, service_id, sent_by, rate_multiplier, international, postage, billable_units,
    notification_status`;
  await sql`
    insert into notify.ft_billing (bst_date, template_id, service_id, notification_type, provider, rate_multiplier,
      international, rate, postage, billable_units, notifications_sent)
    select ${day}::date, template_id, service_id, ${type}, provider, multiplier, international, rate, postage,
      sum(units), sum(messages)
    from (
      select m.template_id, m.service_id, m.provider, m.multiplier, m.international, m.postage,
        ${rateOf(type, from)} as rate, m.units, m.messages
      from (
        select template_id, service_id, coalesce(sent_by, 'unknown') as provider,
          coalesce(rate_multiplier, 1) as multiplier, international,
          ${type === 'letter' ? sql`coalesce(postage, 'none')` : sql`'none'`} as postage,
          ${type === 'letter' ? sql`billable_units` : sql`0`} as sheets,
          sum(billable_units) as units, count(*) as messages
        from (${messages(slice, columns)}) as billed
        where notification_status = any(${[...BILLABLE[type]]}::text[])
        group by 1, 2, 3, 4, 5, 6, 7
      ) as m
    ) as priced
    group by template_id, service_id, provider, multiplier, international, rate, postage`.execute(handle);
}

/** What the printer posted on a day, by the price it is billed at. */
export async function replaceDespatchFacts(
  handle: Handle,
  slice: Pick<FactSlice, 'day' | 'from'>,
): Promise<void> {
  await sql`delete from notify.ft_billing_letter_despatch where bst_date = ${slice.day}::date`.execute(
    handle,
  );
  await sql`
    insert into notify.ft_billing_letter_despatch (bst_date, postage, cost_threshold, rate, billable_units,
      notifications_sent)
    select ${slice.day}::date, m.postage, m.cost_threshold, ${rateOf('letter', slice.from)} as rate, m.sheets, m.letters
    from (
      select coalesce(n.postage, h.postage, 'none') as postage, d.cost_threshold,
        coalesce(n.billable_units, h.billable_units) as sheets, count(*) as letters
      from notify.letter_despatches d
        left join notify.notifications n on n.id = d.notification_id and n.key_type <> 'test'
        left join notify.notification_history h on h.id = d.notification_id
      where d.despatched_on = ${slice.day}::date and (n.id is not null or h.id is not null)
      group by 1, 2, 3
    ) as m`.execute(handle);
}

/** How many messages of the API were with a provider within ten seconds. */
export async function replaceProcessingTime(
  handle: Handle,
  slice: Pick<FactSlice, 'day' | 'from' | 'to'>,
): Promise<void> {
  const columns = sql`api_key_id, created_at, sent_at`;
  await sql`
    insert into notify.ft_processing_time as f (bst_date, messages_total, messages_within_10_secs)
    select ${slice.day}::date, count(*), count(*) filter (where sent_at - created_at <= interval '10 seconds')
    from (
      ${messages({ ...slice, type: 'sms' }, columns)}
      union all
      ${messages({ ...slice, type: 'email' }, columns)}
    ) as m
    where api_key_id is not null
    on conflict (bst_date) do update set messages_total = excluded.messages_total,
      messages_within_10_secs = excluded.messages_within_10_secs`.execute(handle);
}

/** Whether messages of the day were moved to files: facts made anew would lack them. */
export async function isDeepArchived(
  handle: Handle,
  slice: Pick<FactSlice, 'from' | 'to'>,
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from notify.archived_hours
    where hour >= ${slice.from}::timestamptz - interval '1 hour' and hour < ${slice.to}
      and contents_deleted_at is not null limit 1`.execute(handle);
  return rows.length > 0;
}

export interface UsageRow {
  day: string;
  notification_type: NotificationType;
  rate: string;
  postage: string;
  /** Fragments weighted by the price of their country, or sheets. */
  chargeable_units: string;
  notifications_sent: number;
}

/** Billing facts of one service between two London days, both included, in the order in which an allowance is used up. */
export async function listUsage(
  handle: Handle,
  of: { serviceId: string; from: string; to: string },
): Promise<UsageRow[]> {
  const { rows } = await sql<UsageRow>`
    select bst_date::text as day, notification_type, rate, postage,
      sum(billable_units * case when notification_type = 'sms' then rate_multiplier else 1 end)::text as chargeable_units,
      sum(notifications_sent)::int as notifications_sent
    from notify.ft_billing
    where service_id = ${of.serviceId} and bst_date >= ${of.from}::date and bst_date <= ${of.to}::date
    group by bst_date, notification_type, rate, postage
    order by bst_date, notification_type, rate, postage`.execute(handle);
  return rows;
}
