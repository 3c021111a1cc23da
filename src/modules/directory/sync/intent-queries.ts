import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { ServiceChange } from '../comparison/service-change.ts';

/** What a run was about to write: enough to report it should the run die between the two commits. */
export interface UpdateIntent {
  jobId: string;
  serviceId: number;
  historyEntry: string;
  changes: ServiceChange[];
}

/** A run that is tried again may have left an intent; the new one replaces it. */
export async function upsertIntents(handle: Handle, intents: UpdateIntent[], now: Date): Promise<void> {
  await sql`
    insert into directory.update_intents (job_id, service_id, history_entry, changes, created_at)
    select job_id, service_id, history_entry, changes, ${now}
    from json_to_recordset(${JSON.stringify(intents.map(toRow))}::json)
      as intent (job_id uuid, service_id integer, history_entry text, changes json)
    on conflict (job_id) do update
    set history_entry = excluded.history_entry, changes = excluded.changes, created_at = excluded.created_at
  `.execute(handle);
}

export async function selectIntents(handle: Handle, jobIds: string[]): Promise<UpdateIntent[]> {
  const result = await sql<UpdateIntent>`
    select job_id as "jobId", service_id as "serviceId", history_entry as "historyEntry", changes
    from directory.update_intents where job_id = any(${jobIds}::uuid[])
  `.execute(handle);
  return result.rows;
}

export async function deleteIntents(handle: Handle, jobIds: string[]): Promise<void> {
  await sql`delete from directory.update_intents where job_id = any(${jobIds}::uuid[])`.execute(handle);
}

/** Intents of jobs that ended for good otherwise. */
export async function deleteOldIntents(handle: Handle, before: Date): Promise<number> {
  const result = await sql`delete from directory.update_intents where created_at < ${before}`.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}

function toRow({ jobId, serviceId, historyEntry, changes }: UpdateIntent) {
  return { job_id: jobId, service_id: serviceId, history_entry: historyEntry, changes };
}
