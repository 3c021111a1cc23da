import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { AcceptedChangeEvent } from './change-event-request.ts';

/** Inserts a group in one statement; returns the ids that are new, so that retries of a known request enqueue nothing. */
export async function insertReceivedEvents(
  handle: Handle,
  events: AcceptedChangeEvent[],
): Promise<Set<string>> {
  const result = await sql<{ id: string }>`
    insert into directory.received_events
      (id, ods_code, sequence_number, correlation_id, retry_key, body, had_staff, received_at)
    select * from unnest(
      ${events.map((event) => event.id)}::uuid[],
      ${events.map((event) => event.odsCode)}::text[],
      ${events.map((event) => event.sequenceNumber)}::numeric[],
      ${events.map((event) => event.correlationId)}::text[],
      ${events.map((event) => event.retryKey)}::bytea[],
      ${events.map((event) => event.body)}::text[],
      ${events.map((event) => event.hadStaff)}::boolean[],
      ${events.map((event) => event.receivedAt)}::timestamptz[]
    )
    on conflict do nothing
    returning id
  `.execute(handle);
  return new Set(result.rows.map((row) => row.id));
}

export interface ReceivedEvent {
  id: string;
  ods_code: string;
  sequence_number: string;
  correlation_id: string;
  body: string;
  had_staff: boolean;
  received_at: Date;
}

/** Those of `ids` that ingest has not dealt with yet. */
export async function selectUnprocessedEvents(handle: Handle, ids: string[]): Promise<ReceivedEvent[]> {
  const result = await sql<ReceivedEvent>`
    select id, ods_code, sequence_number, correlation_id, body, had_staff, received_at
    from directory.received_events
    where id = any(${ids}::uuid[]) and processed_at is null
  `.execute(handle);
  return result.rows;
}

export async function markEventsProcessed(handle: Handle, ids: string[], now: Date): Promise<void> {
  await sql`
    update directory.received_events set processed_at = ${now} where id = any(${ids}::uuid[])
  `.execute(handle);
}

/** Forgets processed events whose deduplication window has passed; returns how many. */
export async function deleteProcessedEvents(handle: Handle, before: Date): Promise<number> {
  const result = await sql`
    delete from directory.received_events where received_at < ${before} and processed_at is not null
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}

/** Events in the intake, processed or not. */
export async function countReceivedEvents(handle: Handle): Promise<number> {
  const result = await sql<{
    count: number;
  }>`select count(*)::int as count from directory.received_events`.execute(handle);
  return result.rows[0]?.count ?? 0;
}
