import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { DryRunApplicationRow } from '../tables.ts';

export async function insertApplication(
  handle: Handle,
  application: Pick<DryRunApplicationRow, 'id' | 'dry_run_id' | 'choice' | 'actor_name' | 'created_at'>,
): Promise<void> {
  const { id, dry_run_id: runId, choice, actor_name: actor, created_at: at } = application;
  await sql`
    insert into directory.dry_run_applications (id, dry_run_id, choice, actor_name, state, created_at)
    values (${id}, ${runId}, ${JSON.stringify(choice)}, ${actor}, 'running', ${at})`.execute(handle);
}

const COLUMNS = sql`id, dry_run_id, choice, actor_name, state, after_place, queued, overtaken, created_at, finished_at`;

/** `lock` keeps the row for the rest of the transaction, so that two workers cannot apply the same page. */
export async function selectApplication(
  handle: Handle,
  id: string,
  options: { lock?: boolean } = {},
): Promise<DryRunApplicationRow | undefined> {
  const { rows } = await sql<DryRunApplicationRow>`
    select ${COLUMNS} from directory.dry_run_applications where id = ${id}
    ${options.lock ? sql`for update` : sql``}`.execute(handle);
  return rows[0];
}

export async function selectApplications(handle: Handle, runId: string): Promise<DryRunApplicationRow[]> {
  const { rows } = await sql<DryRunApplicationRow>`
    select ${COLUMNS} from directory.dry_run_applications where dry_run_id = ${runId}
    order by created_at desc, id desc limit 50`.execute(handle);
  return rows;
}

export async function updateApplication(
  handle: Handle,
  id: string,
  progress: { afterPlace: number | null; queued: number; overtaken: number; finishedAt: Date | null },
): Promise<void> {
  const { afterPlace, queued, overtaken, finishedAt } = progress;
  await sql`
    update directory.dry_run_applications
    set after_place = coalesce(${afterPlace}::int, after_place), queued = queued + ${queued},
      overtaken = overtaken + ${overtaken}, finished_at = ${finishedAt},
      state = case when ${finishedAt}::timestamptz is null then state else 'finished' end
    where id = ${id}`.execute(handle);
}
