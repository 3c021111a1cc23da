import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface EndedCall {
  id: string;
  outcome: 'delivered' | 'failed';
  attempts: number;
  /** Where it went; null when the service had no address any more. */
  url: string | null;
  /** What the receiver answered, where it did. */
  status: number | null;
  reason: string | null;
  at: Date;
}

/** Moves a call from the queue to the log. Only one that failed keeps what it said. */
export async function endCall(handle: Handle, call: EndedCall): Promise<void> {
  await sql`
    with gone as (
      delete from notify.queued_callbacks where id = ${call.id}
      returning id, service_id, callback_type, body, about_id, caused_at, created_at
    )
    insert into notify.callback_log (id, service_id, callback_type, url, body, about_id, attempts, outcome, status,
      reason, caused_at, created_at, ended_at)
    select id, service_id, callback_type, ${call.url}, case when ${call.outcome} = 'failed' then body end, about_id,
      ${call.attempts}, ${call.outcome}, ${call.status}, ${call.reason}, caused_at, created_at, ${call.at}
    from gone
    on conflict (id) do nothing`.execute(handle);
}

/** Notes a call that did not get through and is made again later. */
export async function noteFailedCall(
  handle: Handle,
  call: Pick<EndedCall, 'id' | 'status' | 'reason' | 'at'>,
): Promise<void> {
  await sql`
    update notify.queued_callbacks
    set attempts = attempts + 1, last_status = ${call.status}, last_reason = ${call.reason}, last_call_at = ${call.at}
    where id = ${call.id}`.execute(handle);
}

export const LOG_OUTCOMES = ['waiting', 'failed', 'delivered'] as const;
export type LogOutcome = (typeof LOG_OUTCOMES)[number];

export interface LoggedCall {
  id: string;
  callback_type: string;
  about_id: string;
  url: string | null;
  attempts: number;
  outcome: LogOutcome;
  status: number | null;
  reason: string | null;
  /** When it was called last; null when it was not yet. */
  called_at: Date | null;
  created_at: Date;
  is_repeatable: boolean;
}

/** Calls of a service that wait for a first or a further attempt, the oldest first. */
export async function listWaitingCalls(
  handle: Handle,
  serviceId: string,
  limit: number,
): Promise<LoggedCall[]> {
  const { rows } = await sql<LoggedCall>`
    select id, callback_type, about_id, url, attempts, 'waiting' as outcome, last_status as status,
      last_reason as reason, last_call_at as called_at, created_at, true as is_repeatable
    from notify.queued_callbacks where service_id = ${serviceId}
    order by created_at, id limit ${limit}`.execute(handle);
  return rows;
}

/** Calls that are over, the latest first. */
export async function listEndedCalls(
  handle: Handle,
  page: {
    serviceId: string;
    outcome: 'delivered' | 'failed' | undefined;
    olderThan: string | undefined;
    limit: number;
  },
): Promise<LoggedCall[]> {
  const { rows } = await sql<LoggedCall>`
    select id, callback_type, about_id, url, attempts, outcome, status, reason, ended_at as called_at, created_at,
      body is not null as is_repeatable
    from notify.callback_log
    where service_id = ${page.serviceId}
      ${page.outcome === undefined ? sql`` : sql`and outcome = ${page.outcome}`}
      ${
        page.olderThan === undefined
          ? sql``
          : sql`and (ended_at, id) < (select ended_at, id from notify.callback_log
              where id = ${page.olderThan} and service_id = ${page.serviceId})`
      }
    order by ended_at desc, id desc limit ${page.limit}`.execute(handle);
  return rows;
}

/**
 * Puts calls that failed back into the queue, to where the service is called now: its address may be what was wrong. Only
 * those whose kind the service still wants; returns what was put back. A second request for a call finds none.
 */
export async function requeueFailedCalls(
  handle: Handle,
  which: { serviceId: string; ids: readonly string[]; now: Date },
): Promise<{ id: string }[]> {
  const { rows } = await sql<{ id: string }>`
    with again as (
      delete from notify.callback_log l using notify.service_callbacks c
      where l.service_id = ${which.serviceId} and l.id = any(${[...which.ids]}::uuid[]) and l.outcome = 'failed'
        and l.body is not null and c.service_id = l.service_id and c.callback_type = l.callback_type
      returning l.id, l.service_id, l.callback_type, c.url, c.bearer_token, l.body, l.about_id, l.caused_at
    )
    insert into notify.queued_callbacks (id, service_id, callback_type, url, bearer_token, body, about_id, caused_at,
      created_at)
    select id, service_id, callback_type, url, bearer_token, body, about_id, caused_at, ${which.now} from again
    returning id`.execute(handle);
  return rows;
}

/** Removes what calls said, and later that they were made; returns how many calls were forgotten. */
export async function forgetCalls(
  handle: Handle,
  before: { bodies: Date; calls: Date; limit: number },
): Promise<number> {
  await sql`
    update notify.callback_log set body = null
    where body is not null and ended_at < ${before.bodies} and ended_at >= ${before.calls}`.execute(handle);
  const { numAffectedRows } = await sql`
    delete from notify.callback_log where id in (
      select id from notify.callback_log where ended_at < ${before.calls} order by ended_at limit ${before.limit})`.execute(
    handle,
  );
  return Number(numAffectedRows ?? 0n);
}
