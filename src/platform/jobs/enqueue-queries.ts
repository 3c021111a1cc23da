import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import {
  DEAD_LETTER_QUEUE,
  DEFAULT_KEEP_COMPLETED_SECONDS,
  EXPIRY_MARGIN_SECONDS,
  ORDERED_POLICY,
  type Queue,
  type StoredData,
  tableOf,
} from './queue.ts';
import { WAKE_CHANNEL } from './wake-queries.ts';

/** An insert with `returning id` that shares the statement of the jobs, and what runs before it there. */
export interface Alongside {
  insert: RawBuilder<unknown>;
  /** Further common table expressions, as `name as (...)`; the insert may read them. */
  first?: RawBuilder<unknown>;
}

export interface NewJob {
  id: string;
  key: string | null;
  data: StoredData;
  startAfter: Date | null;
  /** A former run of this job may have got anywhere. */
  isRedelivered: boolean;
}

/**
 * One statement however many jobs; an id that is there already is left alone. `clock_timestamp()` and not the start of
 * the transaction: jobs then sort in the order they were sent even when an older transaction sends later, and no two
 * rows tie, so a claim reads its window from the index without sorting the ties. A job for now is due since ever,
 * because a claim that began a moment earlier must not take it for one that is still to come and pass on to the next
 * of its key. Rows never expire unseen.
 */
export async function insertJobs(
  handle: Handle,
  queue: Queue,
  jobs: NewJob[],
  alongside?: Alongside,
): Promise<void> {
  const { task } = queue;
  const insert = sql`
    ${alongside ? sql`with ${alongside.first ? sql`${alongside.first}, ` : sql``}alongside as (${alongside.insert})` : sql``}
    insert into ${tableOf(queue)} (
      id, name, data, output, singleton_key, policy, retry_limit, retry_delay, retry_backoff, retry_delay_max,
      expire_seconds, deletion_seconds, dead_letter, heartbeat_seconds, start_after, created_on, keep_until
    )
    select
      i.id, ${queue.name}, i.data, case when i.again then '{"isGivenBack": true}'::jsonb end, i.key,
      ${queue.isOrdered ? ORDERED_POLICY : 'standard'}, ${task.retries.limit}::int,
      ${task.retries.delaySeconds}::int, ${task.retries.backoff}::boolean,
      ${task.retries.maxDelaySeconds ?? null}::int, ${task.timeoutSeconds + EXPIRY_MARGIN_SECONDS}::int,
      ${task.keepCompletedSeconds ?? DEFAULT_KEEP_COMPLETED_SECONDS}::int,
      ${queue.name === DEAD_LETTER_QUEUE ? null : DEAD_LETTER_QUEUE}, ${queue.heartbeatSeconds}::int,
      coalesce(i.start_after, 'epoch'), clock_timestamp(), 'infinity'
    from json_to_recordset(${JSON.stringify(jobs.map(toRecord))}::json)
      as i(id uuid, key text, data jsonb, start_after timestamptz, again boolean)
    ${alongside ? sql`where i.id in (select id from alongside)` : sql``}
    on conflict do nothing`;
  // NOTIFY serialises commits, so only tasks that someone waits on ask for it.
  if (!task.wake) await insert.execute(handle);
  else {
    await sql`with inserted as (${insert} returning 1)
      select pg_notify(${WAKE_CHANNEL}, ${queue.name}) from inserted limit 1`.execute(handle);
  }
}

function toRecord(job: NewJob) {
  return {
    id: job.id,
    key: job.key,
    data: job.data,
    start_after: job.startAfter?.toISOString() ?? null,
    again: job.isRedelivered,
  };
}

/** Two index probes for each key: job_i10 has the waiting jobs, job_i8 those that run, retry or hold their key. */
export async function selectLiveKeys(handle: Handle, queue: Queue, keys: string[]): Promise<Set<string>> {
  const jobsOf = sql`select 1 from ${tableOf(queue)} j
    where j.name = ${queue.name} and j.singleton_key = given.key and j.policy = ${sql.lit(ORDERED_POLICY)}`;
  const { rows } = await sql<{ key: string }>`
    select key from unnest(${keys}::text[]) as given (key)
    where exists (${jobsOf} and j.state < 'active' and not j.blocked offset 0)
      or exists (${jobsOf} and j.state in ('active', 'retry', 'failed') offset 0)`.execute(handle);
  return new Set(rows.map((row) => row.key));
}
