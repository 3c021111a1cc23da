// What becomes of claimed jobs. Every statement names the claim by its time, so a worker whose lease ended changes
// nothing that belongs to the next one.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Claim } from './claim.ts';
import { DEFAULT_KEEP_COMPLETED_SECONDS, tableOf } from './queue.ts';

type ClaimRef = Pick<Claim, 'queue' | 'claimedAt'>;

interface IdRow {
  id: string;
}

// `any(...)` on the key is an index probe per id whatever the statistics of the table say.
function ours(claim: ClaimRef, ids: string[]) {
  return sql`name = ${claim.queue.name} and id = any(${ids}::uuid[]) and state = 'active'
    and started_on = ${claim.claimedAt}::timestamptz`;
}

/** Returns how many were still ours. Jobs whose task keeps no history are removed. */
export async function completeJobs(handle: Handle, claim: ClaimRef, ids: string[]): Promise<number> {
  const keepSeconds = claim.queue.task.keepCompletedSeconds ?? DEFAULT_KEEP_COMPLETED_SECONDS;
  const statement =
    keepSeconds === 0
      ? sql`delete from ${tableOf(claim.queue)} where ${ours(claim, ids)}`
      : sql`update ${tableOf(claim.queue)} set state = 'completed', completed_on = now(), output = null
          where ${ours(claim, ids)}`;
  const { numAffectedRows } = await statement.execute(handle);
  return Number(numAffectedRows ?? 0);
}

export interface RetryRow {
  id: string;
  delayMs: number;
  output: object;
}

/** A run that counts: the job waits for its delay and holds its key back if it has one. */
export async function retryJobs(handle: Handle, claim: ClaimRef, retries: RetryRow[]): Promise<string[]> {
  const { rows } = await sql<IdRow>`
    update ${tableOf(claim.queue)} j
    set state = 'retry', start_after = now() + i.delay_ms * interval '1 millisecond', output = i.output,
      heartbeat_on = null
    from json_to_recordset(${JSON.stringify(
      retries.map((retry) => ({ id: retry.id, delay_ms: retry.delayMs, output: retry.output })),
    )}::json) as i(id uuid, delay_ms double precision, output jsonb)
    where j.id = i.id and j.name = ${claim.queue.name}
      and j.id = any(${retries.map((retry) => retry.id)}::uuid[]) and j.state = 'active'
      and j.started_on = ${claim.claimedAt}::timestamptz
    returning j.id`.execute(handle);
  return rows.map((row) => row.id);
}

export interface GiveBack {
  ids: string[];
  delayMs: number;
  /** Whether the code of the task saw these jobs, so that the next run is told. */
  hasRun: boolean;
}

/**
 * A run that does not count: without `started_on` the next claim leaves the count alone. A job of an ordered queue
 * that has to wait does so as a retry, or the next job of its key would overtake it. One that need not wait stays as
 * due as it was: a claim whose transaction began just before this one would find it not due yet and take the next.
 */
export async function giveBackJobs(handle: Handle, claim: ClaimRef, giveBack: GiveBack): Promise<number> {
  const { ids, delayMs, hasRun } = giveBack;
  const state = delayMs > 0 && claim.queue.isOrdered ? 'retry' : 'created';
  const { numAffectedRows } = await sql`
    update ${tableOf(claim.queue)}
    set state = ${sql.lit(state)}, started_on = null, heartbeat_on = null,
      start_after = case when ${delayMs}::double precision > 0
        then now() + ${delayMs}::double precision * interval '1 millisecond' else start_after end,
      output = case when ${hasRun}::boolean then '{"isGivenBack": true}'::jsonb else output end
    where ${ours(claim, ids)}`.execute(handle);
  return Number(numAffectedRows ?? 0);
}

/** Heartbeat of a running batch. */
export async function touchJobs(handle: Handle, claim: ClaimRef, ids: string[]): Promise<void> {
  await sql`update ${tableOf(claim.queue)} set heartbeat_on = now() where ${ours(claim, ids)}`.execute(
    handle,
  );
}

/** The last run failed: the row goes, since the record of the failure is the job from here on. */
export async function releaseJobs(handle: Handle, claim: ClaimRef, ids: string[]): Promise<string[]> {
  const { rows } = await sql<IdRow>`
    delete from ${tableOf(claim.queue)} where ${ours(claim, ids)} returning id`.execute(handle);
  return rows.map((row) => row.id);
}

/** The last run failed and the key waits for a person: never removed by age. */
export async function holdJobs(handle: Handle, claim: ClaimRef, ids: string[]): Promise<string[]> {
  const { rows } = await sql<IdRow>`
    update ${tableOf(claim.queue)}
    set state = 'failed', completed_on = now(), deletion_seconds = 0, heartbeat_on = null
    where ${ours(claim, ids)} returning id`.execute(handle);
  return rows.map((row) => row.id);
}
