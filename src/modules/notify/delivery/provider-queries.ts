import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface ProviderRow {
  identifier: string;
  notification_type: string;
  priority: number;
  active: boolean;
  supports_international: boolean;
  updated_at: Date | null;
}

export async function listProviders(handle: Handle): Promise<ProviderRow[]> {
  const { rows } = await sql<ProviderRow>`
    select identifier, notification_type, priority, active, supports_international, updated_at
    from notify.providers order by identifier`.execute(handle);
  return rows;
}

/** Locked, so that adjusters of several processes take turns (internals section 6.5). */
export async function lockActiveSmsProviders(handle: Handle): Promise<ProviderRow[]> {
  const { rows } = await sql<ProviderRow>`
    select identifier, notification_type, priority, active, supports_international, updated_at
    from notify.providers where notification_type = 'sms' and active order by identifier for update`.execute(
    handle,
  );
  return rows;
}

export async function setPriority(
  handle: Handle,
  change: { identifier: string; priority: number; now: Date; createdBy: string; reason: string },
): Promise<void> {
  await sql`
    with changed as (
      update notify.providers
      set priority = ${change.priority}, version = version + 1, updated_at = ${change.now},
        created_by = ${change.createdBy}, reason = ${change.reason}
      where identifier = ${change.identifier}
      returning identifier, version, priority, active, supports_international, updated_at, created_by, reason
    )
    insert into notify.providers_history
      (identifier, version, priority, active, supports_international, updated_at, created_by, reason)
    select * from changed`.execute(handle);
}

/** Counts a failed call and returns the failures of the last 60 s over all processes. */
export async function countFailure(handle: Handle, identifier: string, now: Date): Promise<number> {
  const { rows } = await sql<{ failures: number }>`
    with counted as (
      insert into notify.provider_errors as e (identifier, at_second, failures)
      values (${identifier}, date_trunc('second', ${now}::timestamptz), 1)
      on conflict (identifier, at_second) do update set failures = e.failures + 1
      returning failures
    )
    select (select failures from counted) + coalesce(sum(failures), 0)::int as failures
    from notify.provider_errors
    where identifier = ${identifier} and at_second > ${now}::timestamptz - interval '60 seconds'
      and at_second < date_trunc('second', ${now}::timestamptz)`.execute(handle);
  return rows[0]?.failures ?? 0;
}

export async function forgetFailures(handle: Handle, now: Date): Promise<void> {
  await sql`delete from notify.provider_errors where at_second < ${now}::timestamptz - interval '2 minutes'`.execute(
    handle,
  );
}

export interface Slowness {
  sent_by: string;
  total: number;
  /** Five minutes or longer. */
  slow: number;
  over_one_minute: number;
  over_ten_minutes: number;
}

/** Of the texts of the last 15 minutes: how many took, or have been taking, five minutes (internals section 6.5). */
export async function measureSlowness(handle: Handle, now: Date): Promise<Slowness[]> {
  const { rows } = await sql<Slowness>`
    select sent_by, count(*)::int as total,
      count(*) filter (where taken >= interval '5 minutes')::int as slow,
      count(*) filter (where taken >= interval '1 minute')::int as over_one_minute,
      count(*) filter (where taken >= interval '10 minutes')::int as over_ten_minutes
    from notify.notifications
      cross join lateral (
        select case when notification_status = 'delivered' then updated_at else ${now}::timestamptz end - sent_at as taken
      ) as delivery
    where id >= ${lowestIdAt(now, 15)}::uuid and notification_type = 'sms' and key_type <> 'test'
      and sent_at is not null and notification_status in ('delivered', 'pending', 'sending')
      and created_at >= ${now}::timestamptz - interval '15 minutes'
    group by sent_by`.execute(handle);
  return rows;
}

/** Ids begin with the milliseconds they were made in, so the primary key finds what is younger. */
function lowestIdAt(now: Date, minutesAgo: number): string {
  const hex = (now.getTime() - minutesAgo * 60_000).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-4000-8000-000000000000`;
}
