import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { DryRunItemRow, DryRunRow } from '../tables.ts';
import type { ComparedItem, Outcome } from './comparison-batch.ts';

export async function insertDryRun(
  handle: Handle,
  run: Pick<DryRunRow, 'id' | 'title' | 'blob_key' | 'request' | 'actor_name' | 'created_at'>,
): Promise<void> {
  await sql`
    insert into directory.dry_runs (id, title, blob_key, request, actor_name, state, created_at)
    values (${run.id}, ${storable(run.title)}, ${run.blob_key}, ${run.request === null ? null : JSON.stringify(run.request)},
      ${run.actor_name}, 'waiting', ${run.created_at})`.execute(handle);
}

const RUN_COLUMNS = sql`id, title, blob_key, request, actor_name, state, error, events, services, changed_services,
  outcomes, fields, created_at, started_at, finished_at`;

export async function selectDryRun(handle: Handle, id: string): Promise<DryRunRow | undefined> {
  const { rows } = await sql<DryRunRow>`
    select ${RUN_COLUMNS} from directory.dry_runs where id = ${id}`.execute(handle);
  return rows[0];
}

export async function selectDryRuns(handle: Handle, limit: number): Promise<DryRunRow[]> {
  const { rows } = await sql<DryRunRow>`
    select ${RUN_COLUMNS} from directory.dry_runs order by created_at desc, id desc limit ${limit}`.execute(
    handle,
  );
  return rows;
}

/** Begins a run, or begins one again that died: what the dead one found is forgotten. False for one that has ended. */
export async function restartDryRun(handle: Handle, id: string, now: Date): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    with restarted as (
      update directory.dry_runs
      set state = 'running', started_at = ${now}, error = null, events = 0, services = 0, changed_services = 0,
        outcomes = '{}', fields = '{}'
      where id = ${id} and state in ('waiting', 'running')
      returning id
    ), forgotten as (
      delete from directory.dry_run_items where dry_run_id in (select id from restarted)
    )
    select id from restarted`.execute(handle);
  return rows.length === 1;
}

export interface DryRunCounts {
  events: number;
  services: number;
  changedServices: number;
  outcomes: Record<string, number>;
  fields: Record<string, number>;
}

export async function updateDryRunCounts(handle: Handle, id: string, counts: DryRunCounts): Promise<void> {
  await sql`
    update directory.dry_runs
    set events = ${counts.events}, services = ${counts.services}, changed_services = ${counts.changedServices},
      outcomes = ${JSON.stringify(counts.outcomes)}, fields = ${JSON.stringify(counts.fields)}
    where id = ${id}`.execute(handle);
}

export async function endDryRun(
  handle: Handle,
  id: string,
  end: { at: Date; error: string | null },
): Promise<void> {
  await sql`
    update directory.dry_runs
    set state = ${end.error === null ? 'finished' : 'failed'}, finished_at = ${end.at}, error = ${end.error}
    where id = ${id}`.execute(handle);
}

/** Any number of items in one statement; the first one gets the place after `place`. */
export async function insertDryRunItems(
  handle: Handle,
  runId: string,
  items: ComparedItem[],
  place: number,
): Promise<void> {
  const rows = items.map((item, index) => ({
    place: place + 1 + index,
    line: item.line,
    outcome: item.outcome,
    ods_code: storable(item.odsCode),
    sequence_number: item.sequenceNumber,
    latest_sequence_number: item.latestSequenceNumber,
    service_id: item.service?.id ?? null,
    service_uid: item.service?.uid ?? null,
    service_name: item.service?.name ?? null,
    reason: storable(item.reason),
    // As text, so that PostgreSQL keeps it as it is.
    changes: item.changes.length > 0 ? JSON.stringify(item.changes) : null,
    reports: item.reports.length > 0 ? JSON.stringify(item.reports) : null,
  }));
  await sql`
    insert into directory.dry_run_items (dry_run_id, place, line, outcome, ods_code, sequence_number,
      latest_sequence_number, service_id, service_uid, service_name, reason, changes, reports)
    select ${runId}, place, line, outcome, ods_code, sequence_number, latest_sequence_number, service_id, service_uid,
      service_name, reason, changes::json, reports::json
    from json_to_recordset(${JSON.stringify(rows)}::json) as item (place integer, line integer, outcome text,
      ods_code text, sequence_number numeric, latest_sequence_number numeric, service_id integer, service_uid text,
      service_name text, reason text, changes text, reports text)`.execute(handle);
}

/** PostgreSQL keeps neither U+0000 nor half a surrogate pair. */
function storable<T extends string | null>(text: T): T | string {
  return text === null ? text : text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}

export interface ItemFilter {
  outcomes?: readonly Outcome[] | undefined;
  odsCodes?: readonly string[] | undefined;
  serviceIds?: readonly number[] | undefined;
  field?: string | undefined;
}

const ITEM_COLUMNS = sql`place, line, outcome, ods_code, sequence_number, latest_sequence_number, service_id,
  service_uid, service_name, reason, changes, reports, applied_as`;

/** A page of items in the order of the source, those after place `after`. */
export async function selectDryRunItems(
  handle: Handle,
  runId: string,
  filter: ItemFilter,
  page: { after: number; limit: number },
): Promise<DryRunItemRow[]> {
  const conditions = [sql`dry_run_id = ${runId}`, sql`place > ${page.after}`];
  if (filter.outcomes) conditions.push(sql`outcome = any(${[...filter.outcomes]}::text[])`);
  if (filter.odsCodes) conditions.push(sql`ods_code = any(${[...filter.odsCodes]}::text[])`);
  if (filter.serviceIds) conditions.push(sql`service_id = any(${[...filter.serviceIds]}::int[])`);
  if (filter.field !== undefined) {
    conditions.push(sql`exists (
      select 1 from json_array_elements(changes) change where change ->> 'field' = ${filter.field})`);
  }
  const { rows } = await sql<DryRunItemRow>`
    select ${ITEM_COLUMNS} from directory.dry_run_items
    where ${sql.join(conditions, sql` and `)} order by place limit ${page.limit}`.execute(handle);
  return rows;
}

export async function markApplied(
  handle: Handle,
  runId: string,
  applied: { place: number; as: string }[],
): Promise<void> {
  await sql`
    update directory.dry_run_items item set applied_as = given.as_id
    from unnest(${applied.map(({ place }) => place)}::int[], ${applied.map(({ as }) => as)}::text[])
      as given (place, as_id)
    where item.dry_run_id = ${runId} and item.place = given.place`.execute(handle);
}

/** Runs past their time, with the keys of their sources; their rows are gone when this returns. */
export async function deleteOldDryRuns(handle: Handle, before: Date, limit: number): Promise<string[]> {
  const { rows } = await sql<{ blob_key: string | null }>`
    delete from directory.dry_runs where id in (
      select id from directory.dry_runs where created_at < ${before} order by created_at limit ${limit}
    ) returning blob_key`.execute(handle);
  return rows.flatMap(({ blob_key: key }) => key ?? []);
}

/** The newest stored event of each ODS code after `after`, in the order of the codes. */
export async function selectNewestEvents(
  handle: Handle,
  page: { after: string; limit: number },
): Promise<{ odsCode: string; sequenceNumber: string; event: string }[]> {
  const { rows } = await sql<{ odsCode: string; sequenceNumber: string; event: string }>`
    select known.ods_code as "odsCode", known.latest_sequence_number as "sequenceNumber", newest.event
    from (
      select ods_code, latest_sequence_number from directory.ods_sequences
      where ods_code > ${page.after} order by ods_code limit ${page.limit}
    ) known
    cross join lateral (
      select event from directory.change_events stored
      where stored.ods_code = known.ods_code and stored.sequence_number = known.latest_sequence_number
      order by event_received desc, chronology desc limit 1
    ) newest
    order by known.ods_code`.execute(handle);
  return rows;
}
