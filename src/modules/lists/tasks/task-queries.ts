import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Gifts whose counters say something else than their reservations (spec section 4.5, I1), by key of the page before. */
export async function selectViolations(
  handle: Handle,
  limit: number,
): Promise<
  {
    list_id: string;
    product_id: string;
    reserved: number;
    purchased: number;
    in_rows: number;
    bought: number;
  }[]
> {
  const { rows } = await sql<{
    list_id: string;
    product_id: string;
    reserved: number;
    purchased: number;
    in_rows: number;
    bought: number;
  }>`
    select g.list_id, g.product_id, g.reserved, g.purchased,
      coalesce(sum(r.quantity) filter (where r.state = 'reserved'), 0)::int as in_rows,
      coalesce(sum(r.quantity) filter (where r.state = 'purchased'), 0)::int as bought
    from lists.gifts g left join lists.reservations r on r.list_id = g.list_id and r.product_id = g.product_id
    group by g.list_id, g.product_id
    having g.reserved <> coalesce(sum(r.quantity) filter (where r.state = 'reserved'), 0)
      or g.purchased < coalesce(sum(r.quantity) filter (where r.state = 'purchased'), 0)
      or g.reserved + g.purchased > g.quantity
    order by g.list_id, g.product_id limit ${limit}
  `.execute(handle);
  return rows;
}

/** Accounts not used since `before`; `warned` says whether they were told. */
export async function selectInactiveUsers(
  handle: Handle,
  before: Date,
  options: { warnedBefore: Date | null; limit: number },
): Promise<{ id: string; email: string; name: string | null }[]> {
  const { rows } = await sql<{ id: string; email: string; name: string | null }>`
    select id, email, name from lists.users
    where status = 'active' and coalesce(last_sign_in_at, created_at) < ${before} and roles = '{}'
      and case when ${options.warnedBefore}::timestamptz is null then warned_at is null
        else warned_at < ${options.warnedBefore}::timestamptz end
      and not exists (select 1 from lists.api_clients c where c.user_id = lists.users.id)
    order by id limit ${options.limit}
  `.execute(handle);
  return rows;
}

export async function markWarned(handle: Handle, id: string, now: Date): Promise<void> {
  await sql`update lists.users set warned_at = ${now} where id = ${id}`.execute(handle);
}

/** Accounts that nobody confirmed must not block their address. */
export async function deleteUnconfirmed(handle: Handle, before: Date): Promise<number> {
  const result = await sql`
    delete from lists.users u where status = 'unconfirmed' and created_at < ${before}
      and not exists (select 1 from lists.gift_lists l where l.owner_id = u.id)
      and not exists (select 1 from lists.api_clients c where c.user_id = u.id)
      and not exists (select 1 from lists.reservations r where r.user_id = u.id)
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}

/** Takes guests out of reservations of lists that were closed before this time (spec section 4.8). */
export async function pseudonymiseGuests(handle: Handle, closedBefore: Date): Promise<number> {
  const result = await sql`
    update lists.reservations r set name = 'Somebody', email = '', holder_key = 'past:' || r.id
    from lists.gift_lists l
    where l.id = r.list_id and l.closed_at < ${closedBefore} and r.user_id is null and r.email <> ''
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}

export async function deleteExpired(
  handle: Handle,
  before: { hour: Date; day: Date; month24: Date },
): Promise<void> {
  await sql`delete from lists.tombstones where deleted_at < ${before.hour}`.execute(handle);
  await sql`delete from lists.idempotency_keys where created_at < ${before.day}`.execute(handle);
  await sql`delete from lists.withdrawn_reservations where withdrawn_at < ${before.month24}`.execute(handle);
}

/** Sends this address no reminders any more; only its hash is kept. */
export async function insertReminderRefusal(handle: Handle, email: string, now: Date): Promise<void> {
  await sql`
    insert into lists.reminder_refusals (email_hash, refused_at)
    values (sha256(convert_to(${email}, 'UTF8')), ${now}) on conflict (email_hash) do nothing
  `.execute(handle);
}

/** Active reservations of open lists whose day is near and whose holder was not reminded yet; takes them. */
export async function takeReminders(
  handle: Handle,
  days: { from: string; until: string },
  limit: number,
  now: Date,
): Promise<{ id: string; email: string }[]> {
  const { rows } = await sql<{ id: string; email: string }>`
    update lists.reservations set reminded_at = ${now}
    where id in (
      select r.id from lists.reservations r join lists.gift_lists l on l.id = r.list_id
      where l.event_date between ${days.from}::date and ${days.until}::date and r.state = 'reserved'
        and r.reminded_at is null and r.email like '%@%'
        and not exists (
          select 1 from lists.reminder_refusals f where f.email_hash = sha256(convert_to(r.email, 'UTF8'))
        )
      order by r.id limit ${limit} for update of r skip locked
    )
    returning id, email
  `.execute(handle);
  return rows;
}

export interface DueList {
  id: string;
  title: string;
  owner_id: string;
  email: string;
  name: string | null;
  locale: string | null;
}

/** Open lists whose day passed two weeks ago, once. */
export async function takeCloseProposals(handle: Handle, before: string, now: Date): Promise<DueList[]> {
  const { rows } = await sql<DueList>`
    with due as (
      update lists.gift_lists set closing_proposed_at = ${now}
      where id in (
        select id from lists.gift_lists where state = 'open' and event_date <= ${before}::date
          and closing_proposed_at is null order by id limit 200 for update skip locked
      ) returning id, title, owner_id
    )
    select due.id, due.title, due.owner_id, u.email, u.name, u.locale from due join lists.users u on u.id = due.owner_id
    where u.status = 'active'
  `.execute(handle);
  return rows;
}

/** Surprise lists whose reveal has come and whose owner was not told yet. */
export async function takeReveals(handle: Handle, now: Date): Promise<DueList[]> {
  const { rows } = await sql<DueList>`
    with due as (
      update lists.gift_lists set summary_sent_at = ${now}
      where id in (
        select id from lists.gift_lists
        where surprise and summary_sent_at is null
          and coalesce(reveal_at, (event_date + 2)::timestamp at time zone 'UTC') <= ${now}
        order by id limit 200 for update skip locked
      ) returning id, title, owner_id
    )
    select due.id, due.title, due.owner_id, u.email, u.name, u.locale from due join lists.users u on u.id = due.owner_id
    where u.status = 'active'
  `.execute(handle);
  return rows;
}

export interface WatchedState {
  not_found: number;
  oldest_not_found_at: Date | null;
  sessions: number;
}

/** Products that wait for an administrator, and sessions that have not expired. */
export async function selectWatchedState(handle: Handle, now: Date): Promise<WatchedState> {
  const { rows } = await sql<WatchedState>`
    select count(*)::int as not_found, min(created_at) as oldest_not_found_at,
      (select count(*)::int from lists.sessions where expires_at > ${now}) as sessions
    from lists.not_found_products
  `.execute(handle);
  const [state] = rows;
  if (!state) throw new Error('Counting answered no row');
  return state;
}
