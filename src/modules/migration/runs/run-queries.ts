// Runs and their counters: spec sections 4 and 5.7.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export const RUN_STATUSES = ['STARTED', 'COMPLETED', 'CANCELLED_REQUESTED', 'CANCELLED'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export interface Run {
  migrationId: string;
  migrationType: string;
  status: RunStatus;
  /** Compact JSON text of the filter. */
  filter: string;
  estimatedRecordCount: number;
  recordsMigrated: number;
  recordsFailed: number;
  whenStarted: Date;
  whenEnded: Date | null;
  startedBy: string;
  correlationId: string;
  watchJobId: string;
  pageCount: number | null;
  maxFailed: number | null;
  stopReason: string | null;
  idleSince: Date | null;
  idleChecks: number;
  samples: RunSample[];
  undoneAt: Date | null;
  /** Of this run alone, where `recordsFailed` counts every dead letter of the type (F15). */
  recordsFailedInMigration: number;
}

/** Epoch milliseconds and how many records were settled by then. */
export interface RunSample {
  at: number;
  settled: number;
}

const COLUMNS = sql.raw(`migration_id as "migrationId", migration_type as "migrationType", status, filter,
  estimated_record_count::float8 as "estimatedRecordCount", records_migrated::float8 as "recordsMigrated",
  records_failed::float8 as "recordsFailed", when_started as "whenStarted", when_ended as "whenEnded",
  started_by as "startedBy", correlation_id as "correlationId", watch_job_id as "watchJobId",
  page_count as "pageCount", max_failed::float8 as "maxFailed", stop_reason as "stopReason",
  idle_since as "idleSince", idle_checks as "idleChecks", samples, undone_at as "undoneAt",
  (select greatest(coalesce(sum(t.failed), 0), 0)::float8 from migration.run_tallies t
    where t.migration_id = runs.migration_id) as "recordsFailedInMigration"`);

export type NewRun = Pick<
  Run,
  | 'migrationId'
  | 'migrationType'
  | 'filter'
  | 'estimatedRecordCount'
  | 'whenStarted'
  | 'startedBy'
  | 'correlationId'
  | 'watchJobId'
  | 'maxFailed'
>;

/** `taken` when the id belongs to another run; a run of the type that is open raises runs_one_open. */
export async function insertRun(handle: Handle, run: NewRun): Promise<'inserted' | 'taken'> {
  const { rows } = await sql`
    insert into migration.runs (migration_id, migration_type, status, filter, estimated_record_count, when_started,
      started_by, correlation_id, watch_job_id, max_failed)
    values (${run.migrationId}, ${run.migrationType}, 'STARTED', ${run.filter}, ${run.estimatedRecordCount},
      ${run.whenStarted}, ${run.startedBy}, ${run.correlationId}, ${run.watchJobId}, ${run.maxFailed})
    on conflict (migration_id) do nothing
    returning migration_id`.execute(handle);
  return rows.length > 0 ? 'inserted' : 'taken';
}

export async function selectRun(handle: Handle, migrationId: string): Promise<Run | undefined> {
  const { rows } = await sql<Run>`
    select ${COLUMNS} from migration.runs where migration_id = ${migrationId}`.execute(handle);
  return rows[0];
}

export async function lockRun(handle: Handle, migrationId: string): Promise<Run | undefined> {
  const { rows } = await sql<Run>`
    select ${COLUMNS} from migration.runs where migration_id = ${migrationId} for update`.execute(handle);
  return rows[0];
}

export async function selectNewestRun(handle: Handle, type: string): Promise<Run | undefined> {
  const { rows } = await sql<Run>`
    select ${COLUMNS} from migration.runs
    where migration_type = ${type}
    order by when_started desc, migration_id desc limit 1`.execute(handle);
  return rows[0];
}

export async function selectOpenRuns(handle: Handle): Promise<Run[]> {
  const { rows } = await sql<Run>`
    select ${COLUMNS} from migration.runs
    where status in ('STARTED', 'CANCELLED_REQUESTED')`.execute(handle);
  return rows;
}

export interface RunFilter {
  types?: string[];
  from?: Date;
  to?: Date;
  onlyFailures?: boolean;
  /** Part of the filter's text. */
  filterContains?: string;
  limit?: number;
}

/** Newest first. */
export async function selectRuns(handle: Handle, filter: RunFilter): Promise<Run[]> {
  const conditions = [sql`true`];
  if (filter.types) conditions.push(sql`migration_type = any(${filter.types}::text[])`);
  if (filter.from) conditions.push(sql`when_started >= ${filter.from}`);
  if (filter.to) conditions.push(sql`when_started <= ${filter.to}`);
  if (filter.onlyFailures) conditions.push(sql`records_failed > 0`);
  if (filter.filterContains !== undefined) {
    conditions.push(sql`position(${filter.filterContains} in filter) > 0`);
  }
  const { rows } = await sql<Run>`
    select ${COLUMNS} from migration.runs
    where ${sql.join(conditions, sql` and `)}
    order by when_started desc, migration_id desc
    ${filter.limit === undefined ? sql`` : sql`limit ${filter.limit}`}`.execute(handle);
  return rows;
}

/** Returns whether the run was in one of the states it is taken from. */
export async function changeStatus(
  handle: Handle,
  migrationId: string,
  change: { from: RunStatus[]; to: RunStatus; stopReason?: string },
): Promise<boolean> {
  const { rows } = await sql`
    update migration.runs
    set status = ${change.to}, stop_reason = coalesce(${change.stopReason ?? null}, stop_reason),
      idle_since = null, idle_checks = 0
    where migration_id = ${migrationId} and status = any(${change.from}::text[])
    returning migration_id`.execute(handle);
  return rows.length > 0;
}

export async function recordEnd(
  handle: Handle,
  migrationId: string,
  end: { status: RunStatus; whenEnded: Date; recordsMigrated: number; recordsFailed: number },
): Promise<void> {
  await sql`
    update migration.runs
    set status = ${end.status}, when_ended = ${end.whenEnded}, records_migrated = ${end.recordsMigrated},
      records_failed = ${end.recordsFailed}
    where migration_id = ${migrationId}`.execute(handle);
}

export async function recordCheck(
  handle: Handle,
  migrationId: string,
  check: { idleSince: Date | null; idleChecks: number; samples: RunSample[] },
): Promise<void> {
  await sql`
    update migration.runs
    set idle_since = ${check.idleSince}, idle_checks = ${check.idleChecks},
      samples = ${JSON.stringify(check.samples)}::jsonb
    where migration_id = ${migrationId}`.execute(handle);
}

export async function setPageCount(handle: Handle, migrationId: string, pages: string[]): Promise<void> {
  await sql`update migration.runs set page_count = ${pages.length} where migration_id = ${migrationId}`.execute(
    handle,
  );
  await sql`
    insert into migration.run_pages (migration_id, page_key, state)
    select ${migrationId}, key, 'WAITING' from unnest(${pages}::text[]) as key
    on conflict do nothing`.execute(handle);
}

/** Pages that are found on the way, in the transaction that ends the page before them. */
export async function addPages(handle: Handle, migrationId: string, pages: string[]): Promise<void> {
  if (pages.length === 0) return;
  await sql`
    with added as (
      insert into migration.run_pages (migration_id, page_key, state)
      select ${migrationId}, key, 'WAITING' from unnest(${pages}::text[]) as key
      on conflict do nothing
      returning page_key
    )
    update migration.runs set page_count = page_count + (select count(*) from added)
    where migration_id = ${migrationId}`.execute(handle);
}

/** Messages of open runs that are no records yet, by type: pages to be read, or the one that finds out about them. */
export async function countWaitingPages(handle: Handle): Promise<Map<string, number>> {
  const { rows } = await sql<{ type: string; count: number }>`
    select r.migration_type as type,
      sum(case when r.page_count is null then 1 else (
        select count(*) from migration.run_pages p
        where p.migration_id = r.migration_id and p.state = 'WAITING') end)::int as count
    from migration.runs r
    where r.status in ('STARTED', 'CANCELLED_REQUESTED')
    group by 1`.execute(handle);
  return new Map(rows.map(({ type, count }) => [type, count]));
}

/** Returns false when the page had been dealt with. */
export async function settlePage(
  handle: Handle,
  migrationId: string,
  page: { key: string; state: 'EXPANDED' | 'DROPPED' | 'FAILED'; entities: number },
): Promise<boolean> {
  const { rows } = await sql`
    insert into migration.run_pages (migration_id, page_key, state, entities)
    values (${migrationId}, ${page.key}, ${page.state}, ${page.entities})
    on conflict (migration_id, page_key) do update set state = excluded.state, entities = excluded.entities
      where run_pages.state in ('WAITING', 'FAILED') and run_pages.state <> excluded.state
    returning page_key`.execute(handle);
  return rows.length > 0;
}

export async function countPages(
  handle: Handle,
  migrationId: string,
): Promise<{ waiting: number; failed: number; done: number }> {
  const { rows } = await sql<{ waiting: number; failed: number; done: number }>`
    select count(*) filter (where state = 'WAITING')::int as waiting,
      count(*) filter (where state = 'FAILED')::int as failed,
      count(*) filter (where state in ('EXPANDED', 'DROPPED'))::int as done
    from migration.run_pages where migration_id = ${migrationId}`.execute(handle);
  return rows[0] ?? { waiting: 0, failed: 0, done: 0 };
}

export interface Tally {
  expanded: number;
  migrated: number;
  skipped: number;
  rejected: number;
  duplicates: number;
  dropped: number;
  failed: number;
  mappingsQueued: number;
  mappingsSettled: number;
}

/** What a transaction adds to the counters of a run. */
export async function addTally(
  handle: Handle,
  migrationId: string,
  shard: number,
  tally: Partial<Tally>,
): Promise<void> {
  const t: Tally = { ...EMPTY_TALLY, ...tally };
  await sql`
    insert into migration.run_tallies as r (migration_id, shard, expanded, migrated, skipped, rejected, duplicates,
      dropped, failed, mappings_queued, mappings_settled)
    select ${migrationId}, ${shard}, ${t.expanded}, ${t.migrated}, ${t.skipped}, ${t.rejected}, ${t.duplicates},
      ${t.dropped}, ${t.failed}, ${t.mappingsQueued}, ${t.mappingsSettled}
    where exists (select 1 from migration.runs where migration_id = ${migrationId})
    on conflict (migration_id, shard) do update set
      expanded = r.expanded + excluded.expanded, migrated = r.migrated + excluded.migrated,
      skipped = r.skipped + excluded.skipped, rejected = r.rejected + excluded.rejected,
      duplicates = r.duplicates + excluded.duplicates, dropped = r.dropped + excluded.dropped,
      failed = r.failed + excluded.failed, mappings_queued = r.mappings_queued + excluded.mappings_queued,
      mappings_settled = r.mappings_settled + excluded.mappings_settled`.execute(handle);
}

export const EMPTY_TALLY: Tally = {
  expanded: 0,
  migrated: 0,
  skipped: 0,
  rejected: 0,
  duplicates: 0,
  dropped: 0,
  failed: 0,
  mappingsQueued: 0,
  mappingsSettled: 0,
};

export async function selectTally(handle: Handle, migrationId: string): Promise<Tally> {
  const { rows } = await sql<Tally>`
    select coalesce(sum(expanded), 0)::float8 as expanded, coalesce(sum(migrated), 0)::float8 as migrated,
      coalesce(sum(skipped), 0)::float8 as skipped, coalesce(sum(rejected), 0)::float8 as rejected,
      coalesce(sum(duplicates), 0)::float8 as duplicates, coalesce(sum(dropped), 0)::float8 as dropped,
      coalesce(sum(failed), 0)::float8 as failed,
      coalesce(sum(mappings_queued), 0)::float8 as "mappingsQueued",
      coalesce(sum(mappings_settled), 0)::float8 as "mappingsSettled"
    from migration.run_tallies where migration_id = ${migrationId}`.execute(handle);
  return rows[0] ?? EMPTY_TALLY;
}

/** Of these runs, those whose messages are to be dropped. */
export async function selectStoppedRuns(handle: Handle, migrationIds: string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select migration_id as id from migration.runs
    where migration_id = any(${migrationIds}::text[]) and status in ('CANCELLED_REQUESTED', 'CANCELLED')`.execute(
    handle,
  );
  return new Set(rows.map((row) => row.id));
}

export async function deleteRuns(handle: Handle): Promise<void> {
  await sql`
    with ended as (select migration_id from migration.runs where status in ('COMPLETED', 'CANCELLED')),
    tallies as (delete from migration.run_tallies where migration_id in (select migration_id from ended)),
    pages as (delete from migration.run_pages where migration_id in (select migration_id from ended))
    select 1`.execute(handle);
  await sql`delete from migration.runs where status in ('COMPLETED', 'CANCELLED')`.execute(handle);
}

export async function markUndone(handle: Handle, migrationId: string, at: Date): Promise<void> {
  await sql`update migration.runs set undone_at = ${at} where migration_id = ${migrationId}`.execute(handle);
}

/** Messages of a queue that arrived before the time are to be dropped. */
export async function selectPurge(handle: Handle, queueId: string): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date }>`
    select purged_before as at from migration.queue_purges where queue_id = ${queueId}`.execute(handle);
  return rows[0]?.at;
}

export async function upsertPurge(handle: Handle, queueId: string): Promise<void> {
  await sql`
    insert into migration.queue_purges (queue_id, purged_before) values (${queueId}, clock_timestamp())
    on conflict (queue_id) do update set purged_before = excluded.purged_before`.execute(handle);
}
