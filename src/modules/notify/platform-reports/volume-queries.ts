// How much is sent, by day, provider and service: internals section 3.4.19.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import { allowanceOf } from './billing-report-queries.ts';

/** London days, both included. */
export interface Days {
  from: string;
  to: string;
}

export interface DailyVolume {
  day: string;
  sms_totals: number;
  sms_fragment_totals: number;
  sms_chargeable_units: number;
  email_totals: number;
  letter_totals: number;
  letter_sheet_totals: number;
}

const of = (type: string, value: string) =>
  sql.raw(`coalesce(sum(${value}) filter (where notification_type = '${type}'), 0)::float8`);
const SMS = sql`
  ${of('sms', 'notifications_sent')} as sms_totals, ${of('sms', 'billable_units')} as sms_fragment_totals,
  ${of('sms', 'billable_units * rate_multiplier')} as sms_chargeable_units`;

export async function listDailyVolumes(handle: Handle, days: Days): Promise<DailyVolume[]> {
  const { rows } = await sql<DailyVolume>`
    select bst_date::text as day, ${SMS}, ${of('email', 'notifications_sent')} as email_totals,
      ${of('letter', 'notifications_sent')} as letter_totals, ${of('letter', 'billable_units')} as letter_sheet_totals
    from notify.ft_billing where bst_date >= ${days.from}::date and bst_date <= ${days.to}::date
    group by bst_date order by bst_date`.execute(handle);
  return rows;
}

export interface ProviderVolume {
  day: string;
  provider: string;
  sms_totals: number;
  sms_fragment_totals: number;
  sms_chargeable_units: number;
  sms_cost: number;
}

/** Costs leave the free allowances out: it is what providers are paid for. */
export async function listProviderVolumes(handle: Handle, days: Days): Promise<ProviderVolume[]> {
  const { rows } = await sql<ProviderVolume>`
    select bst_date::text as day, provider, ${SMS},
      ${of('sms', 'billable_units * rate_multiplier * rate')} as sms_cost
    from notify.ft_billing
    where notification_type = 'sms' and bst_date >= ${days.from}::date and bst_date <= ${days.to}::date
    group by bst_date, provider order by bst_date, provider`.execute(handle);
  return rows;
}

export interface ServiceVolume {
  service_name: string;
  service_id: string;
  organisation_name: string | null;
  organisation_id: string | null;
  free_allowance: number;
  sms_notifications: number;
  sms_chargeable_units: number;
  email_totals: number;
  letter_totals: number;
  letter_sheet_totals: number;
  letter_cost: number;
}

/** Live services by organisation and name, those that sent nothing among them. */
export async function listVolumesByService(
  handle: Handle,
  days: Days & { year: number },
): Promise<ServiceVolume[]> {
  const { rows } = await sql<ServiceVolume>`
    select s.name as service_name, s.id as service_id, o.name as organisation_name, s.organisation_id,
      ${allowanceOf(days.year)}::int as free_allowance,
      coalesce(v.sms_totals, 0) as sms_notifications, coalesce(v.sms_chargeable_units, 0) as sms_chargeable_units,
      coalesce(v.email_totals, 0) as email_totals, coalesce(v.letter_totals, 0) as letter_totals,
      coalesce(v.letter_sheet_totals, 0) as letter_sheet_totals, coalesce(v.letter_cost, 0) as letter_cost
    from notify.services s
      left join notify.organisations o on o.id = s.organisation_id
      left join (
        select service_id, ${SMS}, ${of('email', 'notifications_sent')} as email_totals,
          ${of('letter', 'notifications_sent')} as letter_totals,
          ${of('letter', 'billable_units')} as letter_sheet_totals,
          ${of('letter', 'notifications_sent * rate')} as letter_cost
        from notify.ft_billing where bst_date >= ${days.from}::date and bst_date <= ${days.to}::date
        group by service_id
      ) v on v.service_id = s.id
    where s.active and not s.restricted and s.count_as_live
    order by o.name nulls last, s.name, s.id`.execute(handle);
  return rows;
}

export interface LiveService {
  service_id: string;
  service_name: string;
  organisation_name: string | null;
  organisation_type: string | null;
  consent_to_research: boolean | null;
  contact_name: string | null;
  contact_email: string | null;
  contact_mobile: string | null;
  live_date: Date | null;
  sms_volume_intent: number | null;
  email_volume_intent: number | null;
  letter_volume_intent: number | null;
  email_totals: number;
  sms_totals: number;
  letter_totals: number;
  free_sms_fragment_limit: number;
}

/** Live services with who asked for them and what they sent since the financial year began, the first to go live first. */
export async function listLiveServices(handle: Handle, year: number): Promise<LiveService[]> {
  const { rows } = await sql<LiveService>`
    select s.id as service_id, s.name as service_name, o.name as organisation_name,
      s.organisation_type, s.consent_to_research, u.name as contact_name, u.email_address as contact_email,
      u.mobile_number as contact_mobile, s.go_live_at as live_date, s.volume_sms as sms_volume_intent,
      s.volume_email as email_volume_intent, s.volume_letter as letter_volume_intent,
      coalesce(v.email_totals, 0) as email_totals, coalesce(v.sms_totals, 0) as sms_totals,
      coalesce(v.letter_totals, 0) as letter_totals, ${allowanceOf(year)}::int as free_sms_fragment_limit
    from notify.services s
      left join notify.organisations o on o.id = s.organisation_id
      left join notify.users u on u.id = s.go_live_user_id
      left join (
        select service_id, ${of('sms', 'notifications_sent')} as sms_totals,
          ${of('email', 'notifications_sent')} as email_totals, ${of('letter', 'notifications_sent')} as letter_totals
        from notify.ft_billing where bst_date >= ${`${year}-04-01`}::date group by service_id
      ) v on v.service_id = s.id
    where s.active and not s.restricted and s.count_as_live
    order by s.go_live_at nulls last, s.created_at, s.id`.execute(handle);
  return rows;
}

/** Month, service, channel and how many messages of each outcome, as the export has them. */
export type MonthlyLine = [
  month: string,
  serviceId: string,
  serviceName: string,
  type: string,
  sending: number,
  delivered: number,
  technicalFailure: number,
  temporaryFailure: number,
  permanentFailure: number,
  sent: number,
];

export async function listMonthlyByService(handle: Handle, days: Days): Promise<MonthlyLine[]> {
  const count = (...statuses: string[]) =>
    sql`coalesce(sum(f.notification_count) filter (where f.notification_status = any(${statuses}::text[])), 0)::int`;
  const { rows } = await sql<{ line: MonthlyLine }>`
    select json_build_array(month::text, id, name, notification_type, sending, delivered, technical, temporary,
      permanent, sent) as line
    from (
      select date_trunc('month', f.bst_date)::date as month, s.id, s.name, f.notification_type,
        ${count('sending', 'pending')} as sending, ${count('delivered')} as delivered,
        ${count('technical-failure', 'failed')} as technical, ${count('temporary-failure')} as temporary,
        ${count('permanent-failure')} as permanent, ${count('sent')} as sent
      from notify.ft_notification_status f join notify.services s on s.id = f.service_id
      where f.bst_date >= ${days.from}::date and f.bst_date <= ${days.to}::date and f.key_type <> 'test'
        and f.notification_status <> 'created' and s.active and not s.restricted
      group by 1, 2, 3, 4
    ) m order by month, id, notification_type`.execute(handle);
  return rows.map(({ line }) => line);
}
