// Jobs that no worker holds: ended by pg-boss, held after their last run, or waiting to be put back by a person.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { ClaimedRow } from './claim-queries.ts';
import { DEAD_LETTER_QUEUE, type Queue, type StoredData, tableOf } from './queue.ts';

export interface DeadLetterSource {
  id: string;
  source_name: string;
  source_id: string;
}

export async function findDeadLetterSources(
  handle: Handle,
  queue: Queue,
  ids: string[],
): Promise<DeadLetterSource[]> {
  const { rows } = await sql<DeadLetterSource>`
    select id, source_name, source_id from ${tableOf(queue)}
    where name = ${DEAD_LETTER_QUEUE} and id = any(${ids}::uuid[])`.execute(handle);
  return rows;
}

/** Locks a job that pg-boss itself ended; nothing when its failure has been dealt with. */
export async function lockEndedJob(
  handle: Handle,
  queue: Queue,
  id: string,
): Promise<ClaimedRow | undefined> {
  const { rows } = await sql<ClaimedRow>`
    select id, singleton_key, data, retry_count, retry_limit, created_on, started_on::text as claimed_at, output
    from ${tableOf(queue)}
    where name = ${queue.name} and id = ${id} and state = 'failed'
    for update`.execute(handle);
  return rows[0];
}

/** Lets the key of a held job go on. */
export async function removeEndedJobs(handle: Handle, queue: Queue, ids: string[]): Promise<void> {
  await sql`
    delete from ${tableOf(queue)}
    where name = ${queue.name} and id = any(${ids}::uuid[]) and state = 'failed'`.execute(handle);
}

/** pg-boss removes ended jobs by age unless told otherwise; a held key waits for a person. */
export async function holdEndedJob(handle: Handle, queue: Queue, id: string): Promise<void> {
  await sql`
    update ${tableOf(queue)} set deletion_seconds = 0
    where name = ${queue.name} and id = ${id} and state = 'failed'`.execute(handle);
}

/** Puts held jobs back at the head of their keys with all their attempts. Returns which were there. */
export async function restartHeldJobs(
  handle: Handle,
  queue: Queue,
  jobs: { id: string; data: StoredData }[],
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update ${tableOf(queue)} j
    set state = 'retry', retry_count = 0, started_on = null, completed_on = null, start_after = now(),
      data = i.data, output = '{"isGivenBack": true}', retry_limit = ${queue.task.retries.limit}::int
    from json_to_recordset(${JSON.stringify(jobs)}::json) as i(id uuid, data jsonb)
    where j.name = ${queue.name} and j.id = i.id and j.state = 'failed'
    returning j.id`.execute(handle);
  return rows.map((row) => row.id);
}

/** Changes the payload of a job that waits for its retry; false when it is running or done. */
export async function editWaitingJob(
  handle: Handle,
  queue: Queue,
  id: string,
  data: StoredData,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update ${tableOf(queue)} set data = ${JSON.stringify(data)}::jsonb
    where name = ${queue.name} and id = ${id} and state in ('created', 'retry')`.execute(handle);
  return numAffectedRows === 1n;
}

/** Makes the next failure the last one, so that pg-boss moves the job to the dead letters. */
export async function forbidRetries(handle: Handle, queue: Queue, ids: string[]): Promise<void> {
  await sql`
    update ${tableOf(queue)} set retry_limit = retry_count
    where name = ${queue.name} and id = any(${ids}::uuid[]) and state = 'active'`.execute(handle);
}

/**
 * Locks active jobs whose worker has sent no heartbeat. `live` is a small partial index whatever the table holds:
 * job_i8 for ordered queues, our own for the others.
 */
export async function lockLostJobs(handle: Handle, queue: Queue, limit: number): Promise<ClaimedRow[]> {
  const { rows } = await sql<ClaimedRow>`
    select id, singleton_key, data, retry_count, retry_limit, created_on, started_on::text as claimed_at, output
    from ${tableOf(queue)}
    where name = ${queue.name} and state = 'active' and state in ('active', 'retry', 'failed')
      ${queue.isOrdered ? sql`and policy = 'key_strict_fifo'` : sql``}
      and heartbeat_on + heartbeat_seconds * interval '1 second' < now()
    limit ${limit}
    for update skip locked`.execute(handle);
  return rows;
}

/**
 * The next run starts at once. It is a further attempt, or, without `started_on`, the same one again; `output` counts the
 * losses that follow each other, because every other way back into the queue writes its own.
 */
export async function retryLostJobs(
  handle: Handle,
  queue: Queue,
  ids: string[],
  isCounted: boolean,
): Promise<void> {
  await sql`
    update ${tableOf(queue)}
    set state = 'retry', start_after = now(), heartbeat_on = null,
      started_on = case when ${isCounted}::boolean then started_on end,
      output = jsonb_build_object('message', 'worker lost',
        'losses', coalesce((output->>'losses')::int, 0) + 1)
    where name = ${queue.name} and id = any(${ids}::uuid[]) and state = 'active'`.execute(handle);
}
