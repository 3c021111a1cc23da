import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Actor } from './audit.ts';
import { type Queue, tableOf } from './queue.ts';

/**
 * The few jobs that are neither waiting nor done, found without reading the others. Ordered queues have pg-boss's
 * job_i8 for that. Dead rows are cleared early: claims walk over the index entries of every job finished since.
 *
 * The foreign keys to pgboss.queue go: a check of the table fixes the name already, the dead letter is ours, no queue is
 * ever deleted, and each of the two cost a look-up and a row lock for every job sent.
 */
export async function prepareQueueTable(handle: Handle, queue: Queue): Promise<void> {
  // Racing processes would both find the index missing and one would fail.
  await sql`select pg_advisory_xact_lock(hashtextextended(${queue.table}, 0))`.execute(handle);
  if (!queue.isOrdered) {
    await sql`create index if not exists ${sql.id(liveIndexOf(queue))} on ${tableOf(queue)} (state)
      where state in ('active', 'retry', 'failed')`.execute(handle);
  }
  if (queue.task.fair) {
    await sql`create index if not exists ${sql.id(fairIndexOf(queue))}
      on ${tableOf(queue)} (singleton_key, start_after, created_on) where state < 'active'`.execute(handle);
    await sql`create index if not exists ${sql.id(turnIndexOf(queue))} on ${tableOf(queue)} (singleton_key)
      where state = 'active'`.execute(handle);
  }
  await sql`alter table ${tableOf(queue)} set (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0,
    autovacuum_vacuum_insert_threshold = 200000)`.execute(handle);
  for (const key of FOREIGN_KEYS) {
    await sql`alter table ${tableOf(queue)} drop constraint if exists ${sql.id(key)}`.execute(handle);
  }
}

const FOREIGN_KEYS = ['q_fkey', 'dlq_fkey'];

/** Asked first, since the statements above wait for every transaction that writes to the queue. */
export async function isQueueTablePrepared(handle: Handle, queue: Queue): Promise<boolean> {
  const { rows } = await sql<{ is_prepared: boolean }>`
    select reloptions is not null
      and (${queue.isOrdered}::boolean or to_regclass(${`pgboss.${liveIndexOf(queue)}`}) is not null)
      and (${queue.task.fair === undefined}::boolean or to_regclass(${`pgboss.${turnIndexOf(queue)}`}) is not null)
      and not exists (select from pg_constraint where conrelid = pg_class.oid and conname = any(${FOREIGN_KEYS}))
      as is_prepared
    from pg_class where oid = to_regclass(${`pgboss.${queue.table}`})`.execute(handle);
  return rows[0]?.is_prepared === true;
}

// Names end at 63 bytes and those of the tables take 57.
function liveIndexOf(queue: Queue): string {
  return `${queue.table.slice(0, 57)}_live`;
}

function fairIndexOf(queue: Queue): string {
  return `${queue.table.slice(0, 57)}_fair`;
}

function turnIndexOf(queue: Queue): string {
  return `${queue.table.slice(0, 57)}_turn`;
}

export interface QueueCounts {
  waiting: number;
  active: number;
  retrying: number;
  oldest_seconds: number | null;
}

// Past this a queue is just "very long"; counting further would read the whole backlog each time.
const COUNT_LIMIT = 1_000_000;

export async function countJobs(handle: Handle, queue: Queue): Promise<QueueCounts> {
  const live = sql`from ${tableOf(queue)} where name = ${queue.name} and state in ('active', 'retry', 'failed')
    ${queue.isOrdered ? sql`and policy = 'key_strict_fifo'` : sql``}`;
  const waiting = sql`from ${tableOf(queue)} where name = ${queue.name} and state < 'active' and not blocked`;
  const { rows } = await sql<QueueCounts>`
    select
      (select count(*)::int from (select 1 ${waiting} limit ${sql.lit(COUNT_LIMIT)}) as counted) as waiting,
      (select count(*)::int ${live} and state = 'active') as active,
      (select count(*)::int ${live} and state = 'retry') as retrying,
      (select extract(epoch from now() - created_on)::double precision ${waiting} and start_after <= now()
        order by priority desc, created_on limit 1) as oldest_seconds`.execute(handle);
  const counts = rows[0] ?? { waiting: 0, active: 0, retrying: 0, oldest_seconds: null };
  // Both counts read the same snapshot, so a retry is always among the waiting.
  return { ...counts, waiting: counts.waiting - Math.min(counts.waiting, counts.retrying) };
}

export interface QueueNotes {
  queue: string;
  failed: number;
  completed_last_minute: number;
  is_paused: boolean;
  outage: string | null;
}

export async function readQueueNotes(handle: Handle, queues: string[]): Promise<QueueNotes[]> {
  const { rows } = await sql<QueueNotes>`
    select q.queue,
      (select count(*)::int from platform.job_failures f where f.task = q.queue and f.state = 'failed') as failed,
      (select coalesce(sum(t.completed), 0)::int from platform.queue_throughput t
        where t.queue = q.queue and t.slot > now() - interval '1 minute') as completed_last_minute,
      exists (select 1 from platform.queue_pauses p where p.queue = q.queue) as is_paused,
      (select o.resource from platform.queue_outages o where o.queue = q.queue) as outage
    from unnest(${queues}::text[]) as q(queue)`.execute(handle);
  return rows;
}

export async function insertPause(handle: Handle, queue: string, actor: Actor): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into platform.queue_pauses (queue, actor) values (${queue}, ${JSON.stringify(actor)}::jsonb)
    on conflict do nothing`.execute(handle);
  return numAffectedRows === 1n;
}

export async function deletePause(handle: Handle, queue: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from platform.queue_pauses where queue = ${queue}`.execute(handle);
  return numAffectedRows === 1n;
}

export async function findPaused(handle: Handle): Promise<Set<string>> {
  const { rows } = await sql<{ queue: string }>`select queue from platform.queue_pauses`.execute(handle);
  return new Set(rows.map((row) => row.queue));
}

export async function saveOutage(
  handle: Handle,
  outage: { queue: string; resource: string; nextProbeAt: Date },
): Promise<void> {
  await sql`
    insert into platform.queue_outages (queue, resource, next_probe_at)
    values (${outage.queue}, ${outage.resource}, ${outage.nextProbeAt})
    on conflict (queue) do update
      set resource = excluded.resource, next_probe_at = excluded.next_probe_at`.execute(handle);
}

export async function deleteOutage(handle: Handle, queue: string): Promise<void> {
  await sql`delete from platform.queue_outages where queue = ${queue}`.execute(handle);
}

export interface ThroughputRow {
  queue: string;
  completed: number;
  failed: number;
}

export async function addThroughput(handle: Handle, counts: ThroughputRow[]): Promise<void> {
  await sql`
    insert into platform.queue_throughput as t (queue, slot, completed, failed)
    select i.queue, date_bin('10 seconds', now(), 'epoch'), i.completed, i.failed
    from json_to_recordset(${JSON.stringify(counts)}::json) as i(queue text, completed bigint, failed bigint)
    order by i.queue
    on conflict (queue, slot) do update
      set completed = t.completed + excluded.completed, failed = t.failed + excluded.failed`.execute(handle);
}

export async function purgeThroughput(handle: Handle): Promise<void> {
  await sql`delete from platform.queue_throughput where slot < now() - interval '1 hour'`.execute(handle);
}

/** The queues that hold a job in one of these states. */
export async function findQueuesInUse(
  handle: Handle,
  states: readonly ('created' | 'retry' | 'active')[],
): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    select distinct name from pgboss.job where state = any(${states}::pgboss.job_state[])`.execute(handle);
  return new Set(rows.map(({ name }) => name));
}

/** Makes waiting retries due now. */
export async function skipRetryDelays(handle: Handle, queue: Queue): Promise<void> {
  await sql`
    update ${tableOf(queue)} set start_after = now()
    where name = ${queue.name} and state = 'retry' and start_after > now()`.execute(handle);
}
