import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export async function noteRun(handle: Handle, task: string, now: Date): Promise<void> {
  await sql`
    insert into notify.schedule_runs as r (task, finished_at) values (${task}, ${now})
    on conflict (task) do update set finished_at = greatest(r.finished_at, excluded.finished_at)`.execute(
    handle,
  );
}

export async function listRuns(handle: Handle): Promise<{ task: string; finished_at: Date }[]> {
  const { rows } = await sql<{ task: string; finished_at: Date }>`
    select task, finished_at from notify.schedule_runs order by task`.execute(handle);
  return rows;
}
