// Claiming jobs. pg-boss's own fetch is right for the statement it makes, but for ordered queues it sorts the heads of
// every key in the backlog each time: 43 ms per 500 jobs at 20,000 waiting jobs, 182 ms at a million. The statements
// here do the same update to the same rows of the pinned pg-boss version (12.30.0) from a bounded window.
//
// Why order holds per key:
// - the window is a prefix of the due jobs by (priority, created_on, id), so the first of a key in it is the first due
//   job of that key; only that head may be claimed;
// - a key with an active, retrying or failed job gives nothing but its retry (`not exists`, as pg-boss does);
// - the unique index job_i8 lets no key have two such jobs, whatever two workers saw: the loser gets SQLSTATE 23505
//   and claims again.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import { ORDERED_POLICY, type Queue, type StoredData, tableOf } from './queue.ts';

export interface ClaimedRow {
  id: string;
  singleton_key: string | null;
  data: StoredData;
  retry_count: number;
  retry_limit: number;
  created_on: Date;
  /** Microseconds matter: it tells this claim from every other one of the same job. */
  claimed_at: string;
  output: { [field: string]: unknown } | null;
}

export interface OrderedClaim {
  rows: ClaimedRow[];
  /** Due jobs seen in the window; fewer than its size means that there are no others. */
  seen: number;
}

export const WINDOW_BATCHES = 2;

const CLAIM = sql.raw(`state = 'active', started_on = now(), heartbeat_on = now(),
    retry_count = case when started_on is not null then retry_count + 1 else retry_count end`);

const CLAIMED_COLUMNS = sql.raw(`j.id, j.singleton_key, j.data, j.retry_count, j.retry_limit, j.created_on,
    j.started_on::text as claimed_at, j.output`);

/** job_i11 gives the order, so the cost is that of the rows taken. */
export async function claimUnordered(handle: Handle, queue: Queue, limit: number): Promise<ClaimedRow[]> {
  const { rows } = await sql<ClaimedRow>`
    with next as materialized (
      select j.id from ${tableOf(queue)} j
      where j.name = ${queue.name} and j.state < 'active' and not j.blocked and j.start_after <= now()
      order by j.priority desc, j.created_on
      limit ${limit}
      for update skip locked
    )
    update ${tableOf(queue)} j set ${CLAIM}
    where j.name = ${queue.name} and j.id = any(array(select id from next))
    returning ${CLAIMED_COLUMNS}`.execute(handle);
  return rows;
}

/** Most keys that one claim gives a turn. */
export const FAIR_KEYS = 100;

/**
 * For queues whose keys take turns: walks from key to key behind `afterKey`, one index descent each, and takes the same
 * number of the oldest due jobs of each. A key with a long backlog, or with many retries that are not due, costs no more
 * than one with a single job. The name of the queue is left out where it would only mislead the planner: with it, old
 * statistics make it read the whole backlog by the primary key (18 ms at 30,000 jobs); the table is the queue's alone.
 * Returns the last key it came to, null once there is no other.
 */
export async function claimFair(
  handle: Handle,
  queue: Queue,
  limit: number,
  afterKey: string,
): Promise<{ rows: ClaimedRow[]; lastKey: string | null }> {
  const most = Math.min(limit, FAIR_KEYS);
  const cap = queue.task.fair?.maxActivePerKey ?? limit;
  const firstKey = (after: ReturnType<typeof sql>) => sql`
    select w.singleton_key from ${tableOf(queue)} w
    where w.state < 'active' and w.singleton_key > ${after}
    order by w.singleton_key limit 1`;
  const { rows } = await sql<ClaimedRow & { last_key: string | null }>`
    with recursive keys as (
      (${firstKey(sql`${afterKey}`)})
      union all
      select (${firstKey(sql`keys.singleton_key`)}) from keys where keys.singleton_key is not null
    ),
    turns as materialized (select singleton_key from keys where singleton_key is not null limit ${most}),
    next as materialized (
      select due.id from turns cross join lateral (
        select j.id from ${tableOf(queue)} j
        where j.singleton_key = turns.singleton_key and j.state < 'active' and not j.blocked and j.start_after <= now()
        order by j.start_after, j.created_on
        limit least(
          ceil(${limit}::float8 / (select count(*) from turns)),
          greatest(${cap}::int - (select count(*) from ${tableOf(queue)} a
            where a.singleton_key = turns.singleton_key and a.state = 'active'), 0))
        for update skip locked
      ) as due
      limit ${limit}
    ),
    claimed as (
      update ${tableOf(queue)} j set ${CLAIM}
      where j.name = ${queue.name} and j.id = any(array(select id from next))
      returning ${CLAIMED_COLUMNS}
    )
    select (select case when count(*) = ${most} then max(singleton_key) end from turns) as last_key, claimed.*
    from (values (1)) as once left join claimed on true`.execute(handle);
  return { rows: rows.filter((row) => row.id !== null), lastKey: rows[0]?.last_key ?? null };
}

/** The oldest jobs first. */
export async function claimOldestHeads(handle: Handle, queue: Queue, limit: number): Promise<OrderedClaim> {
  const { rows } = await sql<ClaimedRow & { seen: number }>`
    with due as materialized (
      select j.id, j.singleton_key, j.state, j.priority, j.created_on from ${tableOf(queue)} j
      where j.name = ${queue.name} and j.state < 'active' and not j.blocked and j.start_after <= now()
      order by j.priority desc, j.created_on, j.id
      limit ${limit * WINDOW_BATCHES}
    ),
    heads as materialized (
      select distinct on (singleton_key) id, priority, created_on from due
      order by singleton_key, state desc, created_on, id
    ),
    ${claimHeads(queue, limit)}
    select (select count(*)::int from due) as seen, claimed.*
    from (values (1)) as once left join claimed on true`.execute(handle);
  return { rows: rows.filter((row) => row.id !== null), seen: rows[0]?.seen ?? 0 };
}

/**
 * For when a few keys fill the window: walks from key to key over job_i10, one index descent each, starting after
 * `afterKey`. The cost is that of the keys visited however long the backlogs of the keys are. Keys take turns, since
 * the caller goes on from the last key it was given.
 */
export async function claimHeadsByKey(
  handle: Handle,
  queue: Queue,
  limit: number,
  afterKey: string,
): Promise<{ rows: ClaimedRow[]; lastKey: string | null }> {
  const head = (after: ReturnType<typeof sql>) => sql`
    select h.id, h.singleton_key, h.priority, h.created_on from ${tableOf(queue)} h
    where h.name = ${queue.name} and h.state < 'active' and not h.blocked and h.policy = ${sql.lit(ORDERED_POLICY)}
      and h.start_after <= now() and h.singleton_key > ${after}
    order by h.singleton_key, h.state desc, h.created_on, h.id
    limit 1`;
  const { rows } = await sql<ClaimedRow & { last_key: string | null }>`
    with recursive walk as (
      (${head(sql`${afterKey}`)})
      union all
      select following.* from walk cross join lateral (${head(sql`walk.singleton_key`)}) following
    ),
    heads as materialized (select * from walk limit ${limit * WINDOW_BATCHES}),
    ${claimHeads(queue, limit)}
    select (select max(singleton_key) from heads) as last_key, claimed.*
    from (values (1)) as once left join claimed on true`.execute(handle);
  return { rows: rows.filter((row) => row.id !== null), lastKey: rows[0]?.last_key ?? null };
}

// Written so that statistics cannot mislead the planner: the cast keeps it from the indexes of waiting jobs, which would
// read them all to find a few ids, and `offset 0` keeps the sibling check a probe of job_i8 per head.
function claimHeads(queue: Queue, limit: number) {
  return sql`next as materialized (
      select j.id from ${tableOf(queue)} j
      where j.name = ${queue.name} and j.id = any(array(select id from heads))
        and j.state::text in ('created', 'retry') and not j.blocked and j.start_after <= now()
        and not exists (
          select 1 from ${tableOf(queue)} b
          where b.name = ${queue.name} and b.singleton_key = j.singleton_key and b.id <> j.id
            and b.state in ('active', 'retry', 'failed') and b.policy = ${sql.lit(ORDERED_POLICY)}
          offset 0
        )
      order by j.priority desc, j.created_on, j.id
      limit ${limit}
      for update of j skip locked
    ),
    claimed as (
      update ${tableOf(queue)} j set ${CLAIM}
      where j.name = ${queue.name} and j.id = any(array(select id from next))
      returning ${CLAIMED_COLUMNS}
    )`;
}
