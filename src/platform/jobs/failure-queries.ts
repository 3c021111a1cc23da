import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { StoredData } from './queue.ts';

export const FAILURE_STATES = ['retrying', 'failed', 'redriven', 'ignored', 'recovered'] as const;
export type FailureState = (typeof FAILURE_STATES)[number];

export interface FailedAttempt {
  attempt: number;
  at: string;
  cause: string;
  message: string;
}

export interface FailureInput {
  id: string;
  task: string;
  key: string | null;
  correlation_id: string | null;
  state: 'retrying' | 'failed';
  is_held: boolean;
  data: StoredData;
  attempt: FailedAttempt;
}

export interface FailureRow {
  id: string;
  task: string;
  key: string | null;
  correlation_id: string | null;
  state: FailureState;
  cause: string;
  message: string;
  attempts: FailedAttempt[];
  attempt_count: number;
  data: StoredData;
  payload_versions: { payload: unknown; at: string; by: object }[];
  is_held: boolean;
  redrive_id: string | null;
  first_failed_at: Date;
  last_failed_at: Date;
  /** The same instant with its microseconds, for keyset paging. */
  last_failed_text: string;
  ignore_reason: string | null;
}

export interface FailureFilter {
  task?: string;
  key?: string;
  correlationId?: string;
  cause?: string;
  state?: FailureState;
  since?: Date;
  until?: Date;
}

// A job that is retried for days must not grow its record without bound.
const MAX_ATTEMPTS_KEPT = 50;

/** Adds one failed attempt to the record of each job, making the record when it is the first. */
export async function recordAttempts(handle: Handle, failures: FailureInput[]): Promise<void> {
  const records = failures.map(({ attempt, ...failure }) => ({ ...failure, ...attempt, entry: attempt }));
  await sql`
    insert into platform.job_failures as f
      (id, task, key, correlation_id, state, cause, message, attempts, attempt_count, data, is_held)
    select i.id, i.task, i.key, i.correlation_id, i.state, i.cause, i.message, jsonb_build_array(i.entry), 1, i.data,
      i.is_held
    from json_to_recordset(${JSON.stringify(records)}::json) as i(
      id uuid, task text, key text, correlation_id text, state text, cause text, message text, entry jsonb,
      data jsonb, is_held boolean)
    on conflict (id) do update set
      state = excluded.state, cause = excluded.cause, message = excluded.message, data = excluded.data,
      is_held = excluded.is_held, last_failed_at = now(), attempt_count = f.attempt_count + 1,
      attempts = case when jsonb_array_length(f.attempts) >= ${sql.lit(MAX_ATTEMPTS_KEPT)}
        then f.attempts - 0 else f.attempts end || excluded.attempts`.execute(handle);
}

/** A later run of these jobs succeeded. */
export async function markRecovered(handle: Handle, ids: string[]): Promise<void> {
  await sql`
    update platform.job_failures set state = 'recovered'
    where id = any(${ids}::uuid[]) and state in ('retrying', 'redriven')`.execute(handle);
}

const FAILURE_COLUMNS =
  sql.raw(`id, task, key, correlation_id, state, cause, message, attempts, attempt_count, data,
  payload_versions, is_held, redrive_id, first_failed_at, last_failed_at, last_failed_at::text as last_failed_text,
  ignore_reason`);

/** Newest first unless asked otherwise; `after` is the last row of the page before. */
export async function findFailures(
  handle: Handle,
  filter: FailureFilter,
  page: { limit: number; after?: { at: string; id: string }; oldestFirst?: boolean },
): Promise<FailureRow[]> {
  const { after, oldestFirst } = page;
  const direction = oldestFirst ? sql`asc` : sql`desc`;
  const beyond = oldestFirst ? sql`>` : sql`<`;
  const { rows } = await sql<FailureRow>`
    select ${FAILURE_COLUMNS} from platform.job_failures
    where ${matching(filter)}
      ${after ? sql`and (last_failed_at, id) ${beyond} (${after.at}::timestamptz, ${after.id}::uuid)` : sql``}
    order by last_failed_at ${direction}, id ${direction}
    limit ${page.limit}`.execute(handle);
  return rows;
}

export async function findFailure(handle: Handle, id: string): Promise<FailureRow | undefined> {
  const { rows } = await sql<FailureRow>`
    select ${FAILURE_COLUMNS} from platform.job_failures where id = ${id}`.execute(handle);
  return rows[0];
}

export async function countFailures(handle: Handle, filter: FailureFilter): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    select count(*) from platform.job_failures where ${matching(filter)}`.execute(handle);
  return Number(rows[0]?.count ?? 0);
}

/** Locks failed jobs in the order they failed, skipping those another operator is working on. */
export async function lockFailed(
  handle: Handle,
  filter: FailureFilter,
  take: { tasks: string[]; limit: number },
): Promise<FailureRow[]> {
  const { rows } = await sql<FailureRow>`
    select ${FAILURE_COLUMNS} from platform.job_failures
    where ${matching({ ...filter, state: 'failed' })} and task = any(${take.tasks}::text[])
    order by last_failed_at, id
    limit ${take.limit}
    for update skip locked`.execute(handle);
  return rows;
}

/** By id and in order of id, so that two operators cannot wait for each other. */
export async function lockFailuresById(handle: Handle, ids: string[]): Promise<FailureRow[]> {
  const { rows } = await sql<FailureRow>`
    select ${FAILURE_COLUMNS} from platform.job_failures
    where id = any(${ids}::uuid[])
    order by id
    for update`.execute(handle);
  return rows;
}

export async function markRedriven(handle: Handle, ids: string[], redriveId: string | null): Promise<void> {
  await sql`
    update platform.job_failures
    set state = 'redriven', is_held = false, redrive_id = ${redriveId}, redriven_at = now()
    where id = any(${ids}::uuid[])`.execute(handle);
}

export async function markIgnored(handle: Handle, ids: string[], reason: string): Promise<void> {
  await sql`
    update platform.job_failures set state = 'ignored', is_held = false, ignore_reason = ${reason}
    where id = any(${ids}::uuid[])`.execute(handle);
}

/** The payload before the edit is kept together with who replaced it. */
export async function replacePayload(
  handle: Handle,
  id: string,
  edit: { data: StoredData; former: { payload: unknown; at: string; by: object } },
): Promise<void> {
  await sql`
    update platform.job_failures
    set data = ${JSON.stringify(edit.data)}::jsonb,
      payload_versions = payload_versions || ${JSON.stringify([edit.former])}::jsonb
    where id = ${id}`.execute(handle);
}

function matching(filter: FailureFilter) {
  const conditions = [sql`true`];
  if (filter.task !== undefined) conditions.push(sql`task = ${filter.task}`);
  if (filter.key !== undefined) conditions.push(sql`key = ${filter.key}`);
  if (filter.correlationId !== undefined) conditions.push(sql`correlation_id = ${filter.correlationId}`);
  if (filter.cause !== undefined) conditions.push(sql`cause = ${filter.cause}`);
  if (filter.state !== undefined) conditions.push(sql`state = ${filter.state}`);
  if (filter.since !== undefined) conditions.push(sql`last_failed_at >= ${filter.since}`);
  if (filter.until !== undefined) conditions.push(sql`last_failed_at < ${filter.until}`);
  return sql.join(conditions, sql` and `);
}
