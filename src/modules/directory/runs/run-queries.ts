import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** What became of the change events whose correlation ids start with one prefix: a rehearsal, a load test. */
export interface RunSummary {
  /** Events stored or rejected by ingest. */
  ingested: number;
  rejected: number;
  stale: number;
  unmatched: number;
  /** Update requests that ended well, and of those the ones that wrote something. */
  updatesDone: number;
  servicesWritten: number;
  fieldsWritten: number;
  failed: number;
  /** Current events, and update requests, that have neither ended nor been recorded as a failure. */
  openEvents: number;
  /** Updates of one service that were committed against the order of their sequence numbers. */
  orderViolations: number;
  firstAcceptedAt: Date | null;
  lastDoneAt: Date | null;
  /** When 90 % of the updates were done: the rest may have waited behind an event that cannot be processed. */
  mostDoneAt: Date | null;
  latencyMs: { p50: number | null; p95: number | null; p99: number | null };
}

/**
 * One pass over the run's events. The prefix is a range of the correlation index: ids compare by code point there, so
 * everything between the prefix and the prefix followed by the highest character belongs to the run.
 */
export async function selectRunSummary(handle: Handle, prefix: string, since: Date): Promise<RunSummary> {
  const result = await sql<Omit<RunSummary, 'latencyMs'> & { p50: number; p95: number; p99: number }>`
    with run as materialized (
      select id, time, name, correlation_id, properties, each from platform.events
      where correlation_id >= ${prefix} and correlation_id < ${`${prefix}\u{10ffff}`}
        and time >= ${since}
    ),
    journeys as (
      select correlation_id,
        bool_or(name = 'change_event.received') as was_received,
        bool_or(name in ('change_event.ignored', 'change_event.superseded')) as was_stale,
        bool_or(properties ->> 'report_key' in ('UNMATCHED_PHARMACY', 'HIDDEN_OR_CLOSED')) as was_reported,
        bool_or(name = 'job.failed') as has_failed,
        sum(json_array_length(each)) filter (where name = 'update_request.sent') as sent,
        count(distinct properties ->> 'service_id') filter (where name = 'update_request.succeeded') as succeeded
      from run group by correlation_id
    ),
    done as (
      select id, time, (properties ->> 'changed')::boolean as changed,
        (properties ->> 'latency')::float8 as latency,
        (properties ->> 'sequence_number')::numeric as sequence_number,
        max((properties ->> 'sequence_number')::numeric) over (
          partition by properties ->> 'service_id' order by id rows between unbounded preceding and 1 preceding
        ) as newest_before
      from run where name = 'update_request.succeeded'
    )
    select
      (select count(*) from run where name in ('change_event.received', 'change_event.rejected'))::int as ingested,
      (select count(*) from run where name = 'change_event.rejected')::int as rejected,
      (select count(*) from run where name = 'change_event.ignored')::int as stale,
      (select count(*) from run where properties ->> 'report_key' = 'UNMATCHED_PHARMACY')::int as unmatched,
      (select count(*) from done)::int as "updatesDone",
      (select count(*) from done where changed)::int as "servicesWritten",
      (select coalesce(sum(json_array_length(each)), 0) from run where name = 'service.updated')::int as "fieldsWritten",
      (select count(*) from run where name = 'job.failed')::int as failed,
      (select count(*) from journeys where was_received and not was_stale and not has_failed
        and not (sent > 0 and sent = succeeded) and not coalesce(was_reported, false))::int as "openEvents",
      (select count(*) from done where sequence_number < newest_before)::int as "orderViolations",
      (select min(time) from run) as "firstAcceptedAt",
      (select max(time) from done) as "lastDoneAt",
      (select to_timestamp(percentile_cont(0.90) within group (order by extract(epoch from time))) from done)
        as "mostDoneAt",
      (select percentile_cont(0.50) within group (order by latency) from done) as p50,
      (select percentile_cont(0.95) within group (order by latency) from done) as p95,
      (select percentile_cont(0.99) within group (order by latency) from done) as p99
  `.execute(handle);
  const row = result.rows[0];
  if (!row) throw new Error('An aggregate without groups always gives one row');
  const { p50, p95, p99, ...counts } = row;
  return { ...counts, latencyMs: { p50, p95, p99 } };
}
