import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { ReplayRunRow } from '../tables.ts';
import type { EventFilter, RegisterCondition, TextPattern } from './event-filter.ts';

/** A stored event that may be put back on the change event queue. */
export interface ReplayableEvent {
  id: string;
  odsCode: string;
  sequenceNumber: string;
  event: string;
}

/** The record of an ODS code and sequence number; of several with different content the one stored last. */
export async function selectEventToReplay(
  handle: Handle,
  key: { odsCode: string; sequenceNumber: string },
): Promise<ReplayableEvent | undefined> {
  const { rows } = await sql<ReplayableEvent>`
    select id, ods_code as "odsCode", sequence_number as "sequenceNumber", event
    from directory.change_events
    where ods_code = ${key.odsCode} and sequence_number = ${key.sequenceNumber}::numeric
    order by event_received desc, chronology desc
    limit 1`.execute(handle);
  return rows[0];
}

export interface WindowEvent extends ReplayableEvent {
  firstReceivedMs: string;
  chronology: string;
  /** Another record of the same number came later, so this one no longer says anything. */
  isSuperseded: boolean;
  isChosen: boolean;
}

/**
 * The next `limit` records of a window in the order in which they first came in, whether the filter chooses them or
 * not: the cost of a page is the same however few it chooses.
 */
export async function selectWindowPage(
  handle: Handle,
  run: ReplayRunRow,
  page: { filter: EventFilter; limit: number },
): Promise<WindowEvent[]> {
  const { rows } = await sql<WindowEvent>`
    with page as materialized (
      select id, ods_code, sequence_number, event, event_received, first_received, chronology
      from directory.change_events
      where first_received >= ${run.since_ms} and first_received < ${run.until_ms}
        and (first_received, chronology) > (${run.after_ms}::bigint, ${run.after_chronology}::bigint)
      order by first_received, chronology
      limit ${page.limit}
    )
    select page.id, page.ods_code as "odsCode", page.sequence_number as "sequenceNumber", page.event,
      page.first_received as "firstReceivedMs", page.chronology,
      page.sequence_number is not null and ${chosen(page.filter, run.record_ids)} as "isChosen",
      exists (
        select 1 from directory.change_events later
        where later.ods_code = page.ods_code and later.sequence_number = page.sequence_number
          and (later.event_received, later.chronology) > (page.event_received, page.chronology)
      ) as "isSuperseded"
    from page
    order by page.first_received, page.chronology`.execute(handle);
  return rows;
}

function chosen(filter: EventFilter, recordIds: string[] | null) {
  const conditions = [sql`true`];
  if (filter.odsCodes.length > 0) conditions.push(matches(sql`page.ods_code`, filter.odsCodes));
  for (const { operator, number } of filter.sequence) {
    conditions.push(sql`page.sequence_number ${sql.raw(operator)} ${String(number)}::numeric`);
  }
  if (recordIds !== null) conditions.push(sql`page.id = any(${recordIds}::text[])`);
  return sql`(${sql.join(conditions, sql` and `)})`;
}

function matches(column: ReturnType<typeof sql>, patterns: TextPattern[]) {
  const exact = patterns.filter(({ isPrefix }) => !isPrefix).map(({ text }) => text);
  const prefixes = patterns.filter(({ isPrefix }) => isPrefix).map(({ text }) => text);
  return sql`(${column} = any(${exact}::text[])
    or exists (select 1 from unnest(${prefixes}::text[]) as start (text) where starts_with(${column}, start.text)))`;
}

/** Ids of the records whose journeys meet a condition of the register; at most `limit`. */
export async function selectRecordsByRegister(
  handle: Handle,
  condition: RegisterCondition,
  search: { since: Date; limit: number },
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct received.properties ->> 'dynamo_record_id' as id
    from (${journeys(condition, search.since)}) hit
    join platform.events received
      on received.correlation_id = hit.correlation_id and received.name = 'change_event.received'
    where received.properties ->> 'dynamo_record_id' is not null
    limit ${search.limit}`.execute(handle);
  return rows.map(({ id }) => id);
}

function journeys(condition: RegisterCondition, since: Date) {
  switch (condition.kind) {
    case 'report':
      return sql`select correlation_id from platform.events
        where name = 'report.raised' and time >= ${since}
          and properties ->> 'report_key' = any(${condition.reportKeys}::text[])`;
    case 'failed':
      return sql`select correlation_id from platform.events where name = 'job.failed' and time >= ${since}`;
    case 'correlation': {
      const ranges = condition.patterns.map(({ text, isPrefix }) =>
        isPrefix
          ? sql`(correlation_id >= ${text} and correlation_id < ${`${text}\u{10ffff}`})`
          : sql`correlation_id = ${text}`,
      );
      return sql`select correlation_id from platform.events
        where name = 'change_event.received' and time >= ${since} and (${sql.join(ranges, sql` or `)})`;
    }
  }
}

export async function insertReplayRun(
  handle: Handle,
  run: Omit<
    ReplayRunRow,
    'after_ms' | 'after_chronology' | 'looked_at' | 'queued' | 'superseded' | 'finished_at' | 'state'
  >,
): Promise<void> {
  await sql`
    insert into directory.replay_runs
      (id, request, actor_name, state, since_ms, until_ms, record_ids, after_ms, after_chronology, created_at)
    values (${run.id}, ${JSON.stringify(run.request)}, ${run.actor_name}, 'running', ${run.since_ms},
      ${run.until_ms}, ${run.record_ids}, ${run.since_ms}, 0, ${run.created_at})
  `.execute(handle);
}

const COLUMNS = sql`id, request, actor_name, state, since_ms, until_ms, record_ids, after_ms, after_chronology,
  looked_at, queued, superseded, created_at, finished_at`;

/** `lock` keeps the row for the rest of the transaction, so that two workers cannot replay the same page. */
export async function selectReplayRun(
  handle: Handle,
  id: string,
  options: { lock?: boolean } = {},
): Promise<ReplayRunRow | undefined> {
  const { rows } = await sql<ReplayRunRow>`
    select ${COLUMNS} from directory.replay_runs where id = ${id}
    ${options.lock ? sql`for update` : sql``}`.execute(handle);
  return rows[0];
}

export async function selectReplayRuns(handle: Handle, limit: number): Promise<ReplayRunRow[]> {
  const { rows } = await sql<ReplayRunRow>`
    select ${COLUMNS} from directory.replay_runs order by created_at desc limit ${limit}`.execute(handle);
  return rows;
}

export async function updateReplayRun(
  handle: Handle,
  id: string,
  progress: {
    after: { ms: string; chronology: string } | null;
    lookedAt: number;
    queued: number;
    superseded: number;
    finishedAt: Date | null;
  },
): Promise<void> {
  const { after, lookedAt, queued, superseded, finishedAt } = progress;
  await sql`
    update directory.replay_runs
    set looked_at = looked_at + ${lookedAt}, queued = queued + ${queued}, superseded = superseded + ${superseded},
      after_ms = coalesce(${after?.ms ?? null}::bigint, after_ms),
      after_chronology = coalesce(${after?.chronology ?? null}::bigint, after_chronology),
      state = case when ${finishedAt}::timestamptz is null then state else 'finished' end,
      finished_at = ${finishedAt}
    where id = ${id}`.execute(handle);
}
