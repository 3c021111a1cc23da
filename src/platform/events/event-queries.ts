import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface StoredEvent {
  id: string;
  time: Date;
  module: string;
  name: string;
  correlation_id: string | null;
  subjects: string[];
  properties: Record<string, unknown>;
  each: Record<string, unknown>[] | null;
}

/** An event as it is written: `subjects` is an array literal of PostgreSQL, the last two are JSON texts. */
export interface NewEvent {
  time: Date;
  name: string;
  correlationId: string | null;
  subjects: string;
  properties: string;
  each: string | null;
}

/** One statement for any number of events. A column an array: PostgreSQL takes it apart three times as fast as JSON. */
export async function insertEvents(handle: Handle, module: string, events: NewEvent[]): Promise<void> {
  await sql`
    insert into platform.events (time, module, name, correlation_id, subjects, properties, each)
    select time, ${module}::text, name, correlation_id, subjects::text[], properties, each
    from unnest(${events.map((event) => event.time)}::timestamptz[], ${events.map((event) => event.name)}::text[],
      ${events.map((event) => event.correlationId)}::text[], ${events.map((event) => event.subjects)}::text[],
      ${events.map((event) => event.properties)}::json[], ${events.map((event) => event.each)}::json[])
      as event (time, name, correlation_id, subjects, properties, each)
  `.execute(handle);
}

/** One row for each event, for use inside a statement that makes its own changes; `source` gives the named columns. */
export function insertionOfEvents(module: string, source: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into platform.events (time, module, name, correlation_id, subjects, properties)
    select time, ${module}::text, name, correlation_id, subjects, properties::json from (${source}) as source
  `;
}

export interface EventConditions {
  anyId?: string | undefined;
  correlationId?: string | undefined;
  subject?: string | undefined;
  module?: string | undefined;
  name?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  /** Key of the last event of the page before. */
  after?: { time: Date; id: string } | undefined;
  order: 'newest' | 'oldest';
  limit: number;
}

/**
 * The rare id comes first, in a materialised step: left to itself the planner walks the time index backwards and
 * filters, which for an id that occurs five times in a million rows may read them all.
 */
export async function selectEvents(handle: Handle, conditions: EventConditions): Promise<StoredEvent[]> {
  const newest = conditions.order === 'newest';
  const direction = newest ? sql`desc` : sql`asc`;
  const result = await sql<StoredEvent>`
    with hits as materialized (${hits(conditions)})
    select id, time, module, name, correlation_id, subjects, properties, each
    from hits
    order by time ${direction}, id ${direction}
    limit ${conditions.limit}
  `.execute(handle);
  return result.rows;
}

const COLUMNS = sql`id, time, module, name, correlation_id, subjects, properties, each`;

function hits(conditions: EventConditions): RawBuilder<unknown> {
  const { anyId, correlationId, subject } = conditions;
  const filters = commonFilters(conditions);
  const where = (first: RawBuilder<unknown>) => sql.join([first, ...filters], sql` and `);
  if (anyId !== undefined) {
    return sql`
      select ${COLUMNS} from platform.events where ${where(sql`correlation_id = ${anyId}`)}
      union all
      select ${COLUMNS} from platform.events
      where ${where(sql`subjects @> array[${anyId}]::text[] and correlation_id is distinct from ${anyId}`)}`;
  }
  if (correlationId !== undefined) {
    return sql`select ${COLUMNS} from platform.events where ${where(sql`correlation_id = ${correlationId}`)}
      ${subject === undefined ? sql`` : sql`and subjects @> array[${subject}]::text[]`}`;
  }
  if (subject !== undefined) {
    return sql`select ${COLUMNS} from platform.events where ${where(sql`subjects @> array[${subject}]::text[]`)}`;
  }
  // No id: the time index gives the page in order, so the limit belongs inside.
  const direction = conditions.order === 'newest' ? sql`desc` : sql`asc`;
  return sql`select ${COLUMNS} from platform.events where ${where(sql`true`)}
    order by time ${direction}, id ${direction} limit ${conditions.limit}`;
}

function commonFilters(conditions: EventConditions): RawBuilder<unknown>[] {
  const { module, name, since, until, after, order } = conditions;
  const filters: RawBuilder<unknown>[] = [];
  if (module !== undefined) filters.push(sql`module = ${module}`);
  if (name !== undefined) filters.push(sql`name = ${name}`);
  if (since !== undefined) filters.push(sql`time >= ${since}`);
  if (until !== undefined) filters.push(sql`time < ${until}`);
  if (after !== undefined) {
    filters.push(
      order === 'newest'
        ? sql`(time, id) < (${after.time}::timestamptz, ${after.id}::bigint)`
        : sql`(time, id) > (${after.time}::timestamptz, ${after.id}::bigint)`,
    );
  }
  return filters;
}

/** Days (UTC, `YYYY-MM-DD`) that have a partition of their own. */
export async function selectPartitionDays(handle: Handle): Promise<string[]> {
  const result = await sql<{ day: string }>`
    select to_char(to_date(substring(child.relname from 'events_([0-9]{8})$'), 'YYYYMMDD'), 'YYYY-MM-DD') as day
    from pg_inherits
    join pg_class child on child.oid = inhrelid
    where inhparent = 'platform.events'::regclass and child.relname ~ '^events_[0-9]{8}$'
    order by day
  `.execute(handle);
  return result.rows.map((row) => row.day);
}

/**
 * Rows up to a page stay as they are instead of being compressed from 2 kB on: it saves time and costs space.
 * `day` is a UTC date made by the caller from a Date, never text from outside: it becomes part of a name.
 */
export async function createPartition(handle: Handle, day: string, nextDay: string): Promise<void> {
  const name = `events_${day.replaceAll('-', '')}`;
  await sql`
    create table if not exists ${sql.id('platform', name)} partition of platform.events
    for values from (${sql.lit(`${day} 00:00:00+00`)}) to (${sql.lit(`${nextDay} 00:00:00+00`)})
    with (toast_tuple_target = 8160)
  `.execute(handle);
}

export async function dropPartition(handle: Handle, day: string): Promise<void> {
  await sql`drop table if exists ${sql.id('platform', `events_${day.replaceAll('-', '')}`)}`.execute(handle);
}

export async function lockPartitions(handle: Handle): Promise<void> {
  await sql`lock table platform.events in share update exclusive mode`.execute(handle);
}
