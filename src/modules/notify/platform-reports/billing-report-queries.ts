// Money by service, from the facts of days: internals sections 3.4.13, 3.4.19 and 6.12.
import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface FinancialPeriod {
  /** The year that the financial year starts in. */
  year: number;
  /** London days within it, both included. */
  from: string;
  to: string;
}

export interface SmsBill {
  service_id: string;
  /** Fragments weighted by the price of their country. */
  units: number;
  /** Those beyond the free allowance. */
  charged_units: number;
  cost: number;
}

/** A service's free fragments of a year; by its kind where nobody has asked for them yet. */
export function allowanceOf(year: number): RawBuilder<unknown> {
  return sql`coalesce(
    (select a.free_sms_fragment_limit from notify.annual_billing a
      where a.service_id = s.id and a.financial_year_start = ${year}),
    (select d.allowance from notify.default_annual_allowances d
      where d.notification_type = 'sms' and d.organisation_type = coalesce(s.organisation_type, 'other')
      order by d.valid_from_financial_year_start <= ${year} desc,
        abs(d.valid_from_financial_year_start - ${year}) limit 1),
    0)`;
}

/**
 * What text messages cost in a period. The allowance is used up day by day from the start of the financial year, so days
 * before the period count towards it.
 */
export async function listSmsBills(
  handle: Handle,
  period: FinancialPeriod,
  organisationId?: string,
): Promise<SmsBill[]> {
  const { rows } = await sql<SmsBill>`
    with days as (
      select f.service_id, f.bst_date, f.rate, sum(f.billable_units * f.rate_multiplier) as units
      from notify.ft_billing f
      where f.notification_type = 'sms' and f.bst_date >= ${`${period.year}-04-01`}::date
        and f.bst_date <= ${period.to}::date
        ${organisationId === undefined ? sql`` : sql`and f.service_id in (select id from notify.services where organisation_id = ${organisationId})`}
      group by f.service_id, f.bst_date, f.rate
    ), running as (
      select d.*, coalesce(sum(d.units) over (
        partition by d.service_id order by d.bst_date, d.rate rows between unbounded preceding and 1 preceding), 0) as before
      from days d
    ), charged as (
      select r.service_id, r.bst_date, r.rate, r.units,
        greatest(r.units - greatest(${allowanceOf(period.year)} - r.before, 0), 0) as charged
      from running r join notify.services s on s.id = r.service_id
    )
    select service_id, sum(units)::float8 as units, sum(charged)::float8 as charged_units,
      round(sum(charged * rate), 6)::float8 as cost
    from charged where bst_date >= ${period.from}::date
    group by service_id`.execute(handle);
  return rows;
}

export interface LetterBill {
  service_id: string;
  postage: string;
  rate: number;
  letters: number;
}

/** Letters by service, postage and price, in that order. */
export async function listLetterBills(
  handle: Handle,
  period: Pick<FinancialPeriod, 'from' | 'to'>,
  organisationId?: string,
): Promise<LetterBill[]> {
  const { rows } = await sql<LetterBill>`
    select service_id, postage, rate::float8 as rate, sum(notifications_sent)::int as letters
    from notify.ft_billing f
    where notification_type = 'letter' and bst_date >= ${period.from}::date and bst_date <= ${period.to}::date
      ${organisationId === undefined ? sql`` : sql`and service_id in (select id from notify.services where organisation_id = ${organisationId})`}
    group by service_id, postage, rate
    order by service_id, postage, rate`.execute(handle);
  return rows;
}

export async function countEmailsSent(
  handle: Handle,
  period: Pick<FinancialPeriod, 'from' | 'to'>,
  organisationId: string,
): Promise<{ service_id: string; emails: number }[]> {
  const { rows } = await sql<{ service_id: string; emails: number }>`
    select service_id, sum(notifications_sent)::int as emails from notify.ft_billing
    where notification_type = 'email' and bst_date >= ${period.from}::date and bst_date <= ${period.to}::date
      and service_id in (select id from notify.services where organisation_id = ${organisationId})
    group by service_id`.execute(handle);
  return rows;
}

export interface BilledService {
  id: string;
  name: string;
  active: boolean;
  free_allowance: number;
  organisation_id: string | null;
  organisation_name: string | null;
  purchase_order_number: string | null;
  billing_contact_names: string | null;
  billing_contact_email_addresses: string | null;
  billing_reference: string | null;
}

/** By organisation, those without one last, then by name; live services of one organisation where it is named. */
export async function listBilledServices(
  handle: Handle,
  filter: { year: number; ids?: readonly string[]; organisationId?: string },
): Promise<BilledService[]> {
  const wanted =
    filter.organisationId === undefined
      ? sql`s.id = any(${[...(filter.ids ?? [])]}::uuid[])`
      : sql`s.organisation_id = ${filter.organisationId} and not s.restricted`;
  const { rows } = await sql<BilledService>`
    select s.id, s.name, s.active, ${allowanceOf(filter.year)}::int as free_allowance, s.organisation_id,
      o.name as organisation_name, s.purchase_order_number, s.billing_contact_names,
      s.billing_contact_email_addresses, s.billing_reference
    from notify.services s left join notify.organisations o on o.id = s.organisation_id
    where ${wanted}
    order by o.name nulls last, s.active desc, s.name, s.id`.execute(handle);
  return rows;
}

export interface DespatchBill {
  date: string;
  postage: string;
  cost_threshold: string;
  sheets: number;
  rate: number;
  letters: number;
  cost: number;
}

/** What the printer posted, day by day, at our prices. */
export async function listDespatchBills(
  handle: Handle,
  period: Pick<FinancialPeriod, 'from' | 'to'>,
): Promise<DespatchBill[]> {
  const { rows } = await sql<DespatchBill>`
    select bst_date::text as date, postage, cost_threshold, billable_units as sheets, rate::float8 as rate,
      notifications_sent as letters, (rate * notifications_sent)::float8 as cost
    from notify.ft_billing_letter_despatch
    where bst_date >= ${period.from}::date and bst_date <= ${period.to}::date
    order by bst_date, postage, cost_threshold, rate, billable_units`.execute(handle);
  return rows;
}

/** When billing facts of today were last made. */
export async function findLastBillingRun(handle: Handle): Promise<Date | undefined> {
  const { rows } = await sql<{ finished_at: Date }>`
    select finished_at from notify.schedule_runs where task = 'update-ft-billing-for-today'`.execute(handle);
  return rows[0]?.finished_at;
}
