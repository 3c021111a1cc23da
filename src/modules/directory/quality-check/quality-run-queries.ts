import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { QualityRunRow } from '../tables.ts';

/** A repeated attempt of a run starts it afresh. */
export async function insertQualityRun(
  handle: Handle,
  run: { id: string; startedBy: string; startedAt: Date },
): Promise<void> {
  await sql`
    with former as (delete from directory.quality_findings where run_id = ${run.id})
    insert into directory.quality_runs (id, started_by, state, started_at)
    values (${run.id}, ${run.startedBy}, 'running', ${run.startedAt})
    on conflict (id) do update set state = 'running', started_at = excluded.started_at, error = null`.execute(
    handle,
  );
}

export async function finishQualityRun(
  handle: Handle,
  id: string,
  outcome: { finishedAt: Date; reports: object[]; error: string | null },
): Promise<void> {
  const { finishedAt, reports, error } = outcome;
  await sql`
    insert into directory.quality_findings (run_id, place, report)
    select ${id}, place, report
    from json_array_elements(${JSON.stringify(reports)}::json) with ordinality as finding (report, place)`.execute(
    handle,
  );
  await sql`
    update directory.quality_runs
    set state = ${error === null ? 'finished' : 'failed'}, finished_at = ${finishedAt}, findings = ${reports.length},
      error = ${error}
    where id = ${id}`.execute(handle);
}

export async function selectQualityRuns(handle: Handle, limit: number): Promise<QualityRunRow[]> {
  const { rows } = await sql<QualityRunRow>`
    select id, started_by, state, started_at, finished_at, findings, error
    from directory.quality_runs order by started_at desc, id desc limit ${limit}`.execute(handle);
  return rows;
}

export async function selectQualityRun(handle: Handle, id: string): Promise<QualityRunRow | undefined> {
  const { rows } = await sql<QualityRunRow>`
    select id, started_by, state, started_at, finished_at, findings, error
    from directory.quality_runs where id = ${id}`.execute(handle);
  return rows[0];
}

/** A page of findings in the order of their reports, those after place `after`. */
export async function selectQualityFindings(
  handle: Handle,
  runId: string,
  page: { after: number; limit: number },
): Promise<{ place: number; report: Record<string, unknown> }[]> {
  const { rows } = await sql<{ place: number; report: Record<string, unknown> }>`
    select place, report from directory.quality_findings
    where run_id = ${runId} and place > ${page.after} order by place limit ${page.limit}`.execute(handle);
  return rows;
}

/** Runs are kept for a year of weekly ones; returns how many were removed. */
export async function deleteOldQualityRuns(handle: Handle, before: Date): Promise<number> {
  const result = await sql`delete from directory.quality_runs where started_at < ${before}`.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}
