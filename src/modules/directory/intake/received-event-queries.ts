import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { AcceptedChangeEvent } from './change-event-request.ts';

/** Inserts a group, except retries of requests that are known; gives back the ids of those inserted. */
export function insertReceivedEvents(events: AcceptedChangeEvent[]): RawBuilder<{ id: string }> {
  return sql<{ id: string }>`
    insert into directory.received_events
      (id, ods_code, sequence_number, correlation_id, retry_key, body, had_staff, received_at)
    select id, ods_code, sequence_number, correlation_id, decode(retry_key, 'hex'), body, had_staff, received_at
    from json_to_recordset(${JSON.stringify(events.map(toRow))}::json) as event (
      id uuid, ods_code text, sequence_number numeric, correlation_id text, retry_key text, body text,
      had_staff boolean, received_at timestamptz
    )
    on conflict do nothing
    returning id
  `;
}

/** One JSON text costs the driver far less than arrays, whose every element it escapes. */
function toRow(event: AcceptedChangeEvent) {
  return {
    id: event.id,
    ods_code: event.odsCode,
    sequence_number: event.sequenceNumber,
    correlation_id: event.correlationId,
    retry_key: event.retryKey,
    body: event.body,
    had_staff: event.hadStaff,
    received_at: event.receivedAt,
  };
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

/** When the newest event was accepted; null before the first one. One step in an index. */
export async function selectNewestAcceptedAt(handle: Handle): Promise<Date | null> {
  const result = await sql<{ received_at: Date }>`
    select received_at from directory.received_events order by received_at desc limit 1
  `.execute(handle);
  return result.rows[0]?.received_at ?? null;
}

/**
 * Events that ingest has dealt with. Those stored as change events give up their body, which is there now: the new
 * version of the row is then small enough for the page of the old one, and no index is touched.
 */
export async function markEventsProcessed(
  handle: Handle,
  { ids, storedIds, now }: { ids: string[]; storedIds: string[]; now: Date },
): Promise<void> {
  await sql`
    update directory.received_events
    set processed_at = ${now}, body = case when id = any(${storedIds}::uuid[]) then '' else body end
    where id = any(${ids}::uuid[])
  `.execute(handle);
}

/** Forgets processed events whose deduplication window has passed; returns how many. */
export async function deleteProcessedEvents(handle: Handle, before: Date): Promise<number> {
  const result = await sql`
    delete from directory.received_events where received_at < ${before} and processed_at is not null
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}

/**
 * Forgets events that were never processed; returns how many of them are stored nowhere else. The others failed every
 * attempt, and the dead-letter handler has stored them for a replay.
 */
export async function deleteForgottenEvents(handle: Handle, before: Date): Promise<number> {
  const { rows } = await sql<{ lost: number }>`
    with gone as (
      delete from directory.received_events where received_at < ${before} and processed_at is null
      returning ods_code, sequence_number
    )
    select count(*)::int as lost from gone where not exists (
      select 1 from directory.change_events stored
      where stored.ods_code = gone.ods_code and stored.sequence_number = gone.sequence_number
    )
  `.execute(handle);
  return rows[0]?.lost ?? 0;
}

/** Events in the intake, processed or not. */
export async function countReceivedEvents(handle: Handle): Promise<number> {
  const result = await sql<{
    count: number;
  }>`select count(*)::int as count from directory.received_events`.execute(handle);
  return result.rows[0]?.count ?? 0;
}
