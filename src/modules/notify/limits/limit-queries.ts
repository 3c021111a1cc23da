import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { CountedChannel, KeyType } from '../services/service.ts';

export interface Taking {
  service_id: string;
  key_type: KeyType;
  requests: number;
  rate_per_minute: number;
}

export interface Taken {
  service_id: string;
  key_type: KeyType;
  /** What the bucket held before these requests. */
  available: number;
  counts: Partial<Record<CountedChannel, number>> | null;
}

/**
 * Takes a token for each request of each bucket, and reads today's counters beside it: public section 6.11. The
 * requests of one bucket count as made at the same moment, one after the other; the buckets must be in order.
 */
export async function takeTokens(
  handle: Handle,
  takings: Taking[],
  at: { seconds: number; day: string },
): Promise<Taken[]> {
  const now = sql`${at.seconds}::double precision`;
  const { rows } = await sql<Taken>`
    with wanted as materialized (
      select w.*, w.rate_per_minute / 60.0::double precision as refill,
        least(ceil(w.rate_per_minute / 3.0) + 1, 1000)::double precision as capacity
      from json_to_recordset(${JSON.stringify(takings)}::json)
        as w(service_id uuid, key_type text, requests int, rate_per_minute int)
      order by w.service_id, w.key_type
    ),
    taken as (
      insert into notify.token_buckets as b (service_id, key_type, tokens, last_replenished, available)
      select service_id, key_type, greatest(capacity - requests, 0), ${now}, capacity from wanted
      on conflict (service_id, key_type) do update set (tokens, last_replenished, available) = (
        select greatest(held.tokens - w.requests, 0),
          b.last_replenished + case when w.refill > 0 then gained.tokens / w.refill else 0 end, held.tokens
        from wanted w
          cross join lateral (
            select floor(greatest(${now} - b.last_replenished, 0) * w.refill) as tokens
          ) as gained
          cross join lateral (select least(b.tokens + gained.tokens, w.capacity) as tokens) as held
        where w.service_id = b.service_id and w.key_type = b.key_type
      )
      returning service_id, key_type, available
    )
    select t.service_id, t.key_type, t.available,
      (select json_object_agg(c.channel, c.count) from notify.daily_counters c
        where c.service_id = t.service_id and c.day = ${at.day}::date) as counts
    from taken t`.execute(handle);
  return rows;
}

/** Today's counters of one service alone, for when the rate limit is off. */
export async function readCounts(
  handle: Handle,
  serviceId: string,
  day: string,
): Promise<Partial<Record<CountedChannel, number>>> {
  const { rows } = await sql<{ channel: CountedChannel; count: string }>`
    select channel, count from notify.daily_counters where service_id = ${serviceId} and day = ${day}::date`.execute(
    handle,
  );
  return Object.fromEntries(rows.map((row) => [row.channel, Number(row.count)]));
}

export interface Counting {
  service_id: string;
  channel: CountedChannel;
  day: string;
  messages: number;
  most: number;
}

/** Adds messages to counters where all of them fit below the limit; returns the counters that grew. */
function countMessages(countings: Counting[]): RawBuilder<unknown> {
  return sql`
    insert into notify.daily_counters as d (service_id, channel, day, count)
    select c.service_id, c.channel, c.day, c.messages
    from json_to_recordset(${JSON.stringify(countings)}::json)
      as c(service_id uuid, channel text, day date, messages bigint, most bigint)
    where c.messages <= c.most
    order by c.service_id, c.channel, c.day
    on conflict (service_id, channel, day) do update set count = d.count + excluded.count
      where d.count + excluded.count <= (
        select c.most from json_to_recordset(${JSON.stringify(countings)}::json)
          as c(service_id uuid, channel text, day date, most bigint)
        where c.service_id = d.service_id and c.channel = d.channel and c.day = d.day
      )
    returning service_id, channel`;
}

/**
 * Counts messages in a transaction of its own, all or none: SQLSTATE NT429 when one counter has no room. It does not wait for
 * the disk, or the messages of one service would be stored one group after the other, each behind the flush of the last.
 * Nothing can be lost by that: the messages come later in the same log, so where they are durable their count is, too.
 */
export async function countAhead(handle: Handle, countings: Counting[]): Promise<void> {
  if (countings.length === 0) return;
  await sql`
    with counted as (${countMessages(countings)})
    select set_config('synchronous_commit', 'off', true),
      case when (select count(*) from counted) = ${countings.length}::int then true
        else notify.refuse_over_limit() end`.execute(handle);
}

/** Takes back the count of messages that did not come to be. */
export async function uncount(handle: Handle, countings: Counting[]): Promise<void> {
  if (countings.length === 0) return;
  await sql`
    update notify.daily_counters as d set count = greatest(d.count - c.messages, 0)
    from json_to_recordset(${JSON.stringify(countings)}::json)
      as c(service_id uuid, channel text, day date, messages bigint)
    where d.service_id = c.service_id and d.channel = c.channel and d.day = c.day`.execute(handle);
}

/** Counts messages ahead of their making, all or none; returns whether they fit below the limit. */
export async function reserveMessages(handle: Handle, counting: Counting): Promise<boolean> {
  const { rows } = await sql`${countMessages([counting])}`.execute(handle);
  return rows.length === 1;
}
