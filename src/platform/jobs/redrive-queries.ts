import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Actor } from './audit.ts';

export const REDRIVE_STATES = ['canary', 'running', 'paused', 'finished', 'cancelled'] as const;
export type RedriveState = (typeof REDRIVE_STATES)[number];

export interface RedriveRow {
  id: string;
  filter: Record<string, string>;
  canary: number;
  rate_per_second: number | null;
  pause_on_error_rate: number | null;
  state: RedriveState;
  reason: string | null;
  matched: string;
  redriven: string;
  actor: Actor;
  created_at: Date;
  finished_at: Date | null;
  idle_seconds: number;
}

const REDRIVE_COLUMNS =
  sql.raw(`id, filter, canary, rate_per_second, pause_on_error_rate, state, reason, matched,
  redriven, actor, created_at, finished_at, extract(epoch from now() - advanced_at)::double precision as idle_seconds`);

/** Jobs that fail again after this moment are not taken a second time, by the clock that failures are dated with. */
export async function insertRedrive(
  handle: Handle,
  redrive: Pick<
    RedriveRow,
    'id' | 'filter' | 'canary' | 'rate_per_second' | 'pause_on_error_rate' | 'state' | 'actor'
  > & { matched: number },
): Promise<void> {
  await sql`
    insert into platform.redrives
      (id, filter, canary, rate_per_second, pause_on_error_rate, state, matched, actor)
    values (${redrive.id},
      jsonb_build_object('until', clock_timestamp() + interval '1 millisecond')
        || ${JSON.stringify(redrive.filter)}::jsonb, ${redrive.canary}, ${redrive.rate_per_second},
      ${redrive.pause_on_error_rate}, ${redrive.state}, ${redrive.matched}, ${JSON.stringify(redrive.actor)}::jsonb)
  `.execute(handle);
}

export async function findRedrive(handle: Handle, id: string): Promise<RedriveRow | undefined> {
  const { rows } = await sql<RedriveRow>`
    select ${REDRIVE_COLUMNS} from platform.redrives where id = ${id}`.execute(handle);
  return rows[0];
}

export async function findRecentRedrives(handle: Handle, limit: number): Promise<RedriveRow[]> {
  const { rows } = await sql<RedriveRow>`
    select ${REDRIVE_COLUMNS} from platform.redrives order by created_at desc, id desc limit ${limit}`.execute(
    handle,
  );
  return rows;
}

export async function findUnfinishedRedrives(handle: Handle): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from platform.redrives where state in ('canary', 'running') order by created_at`.execute(
    handle,
  );
  return rows.map((row) => row.id);
}

/** Nothing when another worker is advancing it at this moment, or it is no longer going. */
export async function lockRedrive(handle: Handle, id: string): Promise<RedriveRow | undefined> {
  const { rows } = await sql<RedriveRow>`
    select ${REDRIVE_COLUMNS} from platform.redrives
    where id = ${id} and state in ('canary', 'running')
    for update skip locked`.execute(handle);
  return rows[0];
}

export async function addRedriven(handle: Handle, id: string, count: number): Promise<void> {
  await sql`
    update platform.redrives set redriven = redriven + ${count}, advanced_at = now()
    where id = ${id}`.execute(handle);
}

/** Returns whether the redrive was in one of the states it may leave. */
export async function setRedriveState(
  handle: Handle,
  id: string,
  change: { from: readonly RedriveState[]; to: RedriveState; reason: string | null },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update platform.redrives
    set state = ${change.to}, reason = ${change.reason}, advanced_at = now(),
      finished_at = case when ${change.to} in ('finished', 'cancelled') then now() end
    where id = ${id} and state = any(${[...change.from]}::text[])`.execute(handle);
  return numAffectedRows === 1n;
}

export interface RedriveResults {
  recovered: number;
  failed: number;
  pending: number;
}

// Enough to judge by, and the same work for a redrive of ten jobs or a million.
const RESULTS_SAMPLE = 1000;

/** What became of the jobs that were redriven last. A job that failed again is `failed`, or `ignored` since. */
export async function countResults(handle: Handle, id: string): Promise<RedriveResults> {
  const { rows } = await sql<RedriveResults>`
    select
      count(*) filter (where state = 'recovered')::int as recovered,
      count(*) filter (where state in ('failed', 'ignored'))::int as failed,
      count(*) filter (where state in ('redriven', 'retrying'))::int as pending
    from (
      select state from platform.job_failures where redrive_id = ${id}
      order by redriven_at desc limit ${sql.lit(RESULTS_SAMPLE)}
    ) as latest`.execute(handle);
  return rows[0] ?? { recovered: 0, failed: 0, pending: 0 };
}
