import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** What an application may do; undefined when nothing limits it. */
export async function selectPermissions(handle: Handle, application: string): Promise<string[] | undefined> {
  const result = await sql<{ permissions: string[] }>`
    select permissions from parties.applications where name = ${application}
  `.execute(handle);
  return result.rows[0]?.permissions;
}

export async function upsertPermissions(
  handle: Handle,
  application: string,
  permissions: string[],
): Promise<void> {
  await sql`
    insert into parties.applications (name, permissions) values (${application}, ${permissions}::text[])
    on conflict (name) do update set permissions = excluded.permissions
  `.execute(handle);
}

export interface CallCountRow {
  hour: string;
  application: string;
  key_name: string;
  operation: string;
  status: number;
  calls: number;
  last_called_at: string;
}

/** Adds counts to those of other processes. Ordered, so that two processes do not block each other. */
export async function addCallCounts(handle: Handle, counts: CallCountRow[]): Promise<void> {
  await sql`
    insert into parties.call_counts as total
      (hour, application, key_name, operation, status, calls, last_called_at)
    select hour, application, key_name, operation, status, calls, last_called_at
    from json_to_recordset(${JSON.stringify(counts)}::json) as added (
      hour timestamptz, application text, key_name text, operation text, status smallint, calls bigint,
      last_called_at timestamptz
    )
    order by application, key_name, hour, operation, status
    on conflict (application, key_name, hour, operation, status) do update
      set calls = total.calls + excluded.calls,
        last_called_at = greatest(total.last_called_at, excluded.last_called_at)
  `.execute(handle);
}

export interface CallSummary {
  application: string;
  key_name: string;
  calls: string;
  refused: string;
  last_called_at: Date;
}

/** Calls by application and key since a time, the latest caller first. */
export async function selectCallSummaries(handle: Handle, since: Date): Promise<CallSummary[]> {
  const result = await sql<CallSummary>`
    select application, key_name, sum(calls) as calls, coalesce(sum(calls) filter (where status >= 400), 0) as refused,
      max(last_called_at) as last_called_at
    from parties.call_counts where hour >= ${since}
    group by application, key_name
    order by max(last_called_at) desc
    limit 500
  `.execute(handle);
  return result.rows;
}

export interface CallDetail {
  key_name: string;
  operation: string;
  status: number;
  calls: string;
  last_called_at: Date;
}

/** What one application called since a time, by key, operation and status. */
export async function selectCallsOf(handle: Handle, application: string, since: Date): Promise<CallDetail[]> {
  const result = await sql<CallDetail>`
    select key_name, operation, status, sum(calls) as calls, max(last_called_at) as last_called_at
    from parties.call_counts where application = ${application} and hour >= ${since}
    group by key_name, operation, status
    order by key_name, operation, status
    limit 500
  `.execute(handle);
  return result.rows;
}

export async function deleteCallCounts(handle: Handle, before: Date): Promise<void> {
  await sql`delete from parties.call_counts where hour < ${before}`.execute(handle);
}

/** Counts requests of this minute over all processes; `added` at once, so that few statements are needed. */
export async function takeRequests(handle: Handle, minute: Date, added: number): Promise<number> {
  const result = await sql<{ requests: string }>`
    insert into parties.rate_limits as rate (name, minute, requests) values ('all', ${minute}, ${added})
    on conflict (name) do update
      set requests = case when rate.minute >= excluded.minute then rate.requests + excluded.requests
                          else excluded.requests end,
        minute = greatest(rate.minute, excluded.minute)
    returning requests
  `.execute(handle);
  return Number(result.rows[0]?.requests ?? 0);
}
