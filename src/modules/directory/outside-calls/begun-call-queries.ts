import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Returns false when a former run of the job has begun its call and nothing is known of the end. */
export async function insertBegunCall(handle: Handle, jobId: string, now: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into directory.begun_calls (job_id, begun_at) values (${jobId}, ${now}) on conflict do nothing`.execute(
    handle,
  );
  return numAffectedRows === 1n;
}

export async function deleteBegunCall(handle: Handle, jobId: string): Promise<void> {
  await sql`delete from directory.begun_calls where job_id = ${jobId}`.execute(handle);
}

export async function deleteOldBegunCalls(handle: Handle, before: Date): Promise<void> {
  await sql`delete from directory.begun_calls where begun_at < ${before}`.execute(handle);
}
