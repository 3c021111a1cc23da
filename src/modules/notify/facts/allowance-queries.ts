import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface AllowanceRow {
  free_sms_fragment_limit: number;
  high_volume_service_last_year: boolean;
  has_custom_allowance: boolean;
}

export async function readAllowance(
  handle: Handle,
  serviceId: string,
  year: number,
): Promise<AllowanceRow | undefined> {
  const { rows } = await sql<AllowanceRow>`
    select free_sms_fragment_limit, high_volume_service_last_year, has_custom_allowance from notify.annual_billing
    where service_id = ${serviceId} and financial_year_start = ${year}`.execute(handle);
  return rows[0];
}

/** Chargeable fragments between two London days, both included. */
export async function readVolume(
  handle: Handle,
  of: { serviceId: string; from: string; to: string },
): Promise<number> {
  const { rows } = await sql<{ units: string }>`
    select coalesce(sum(billable_units * rate_multiplier), 0)::text as units from notify.ft_billing
    where service_id = ${of.serviceId} and notification_type = 'sms' and bst_date >= ${of.from}::date
      and bst_date <= ${of.to}::date`.execute(handle);
  return Number(rows[0]?.units ?? 0);
}

/** By the type of the service's organisation, `other` without one; of the newest year that has begun, else the first. */
export async function findDefaultAllowance(handle: Handle, serviceId: string, year: number): Promise<number> {
  const { rows } = await sql<{ allowance: number }>`
    select d.allowance from notify.services s
      join notify.default_annual_allowances d on d.notification_type = 'sms'
        -- A column that came with organisations: read so that a database without them has no type.
        and d.organisation_type = coalesce(to_jsonb(s) ->> 'organisation_type', 'other')
    where s.id = ${serviceId}
    order by d.valid_from_financial_year_start <= ${year} desc,
      case when d.valid_from_financial_year_start <= ${year} then -d.valid_from_financial_year_start
        else d.valid_from_financial_year_start end
    limit 1`.execute(handle);
  return rows[0]?.allowance ?? 0;
}

export async function insertAllowance(
  handle: Handle,
  allowance: {
    serviceId: string;
    year: number;
    limit: number;
    isHighVolume: boolean;
    isCustom: boolean;
    now: Date;
  },
): Promise<void> {
  await sql`
    insert into notify.annual_billing (service_id, financial_year_start, free_sms_fragment_limit,
      high_volume_service_last_year, has_custom_allowance, created_at)
    select s.id, ${allowance.year}, ${allowance.limit}, ${allowance.isHighVolume}, ${allowance.isCustom},
      ${allowance.now}::timestamptz
    from notify.services s where s.id = ${allowance.serviceId}
    on conflict do nothing`.execute(handle);
}

export async function setCustomAllowance(
  handle: Handle,
  change: { serviceId: string; year: number; limit: number; isCustom: boolean; now: Date },
): Promise<void> {
  await sql`
    update notify.annual_billing set free_sms_fragment_limit = ${change.limit}, has_custom_allowance = ${change.isCustom},
      updated_at = ${change.now}
    where service_id = ${change.serviceId} and financial_year_start = ${change.year}`.execute(handle);
}

export async function findServicesWithoutAllowance(handle: Handle, year: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select s.id from notify.services s
    where s.active and not exists (
      select 1 from notify.annual_billing a where a.service_id = s.id and a.financial_year_start = ${year})
    order by s.id`.execute(handle);
  return rows.map((row) => row.id);
}
