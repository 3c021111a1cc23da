import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/**
 * Locks each code for the rest of the transaction and returns its newest stored sequence number (absent: none is
 * stored). Codes are locked in order, so two batches cannot wait for each other.
 */
export async function lockLatestSequences(handle: Handle, odsCodes: string[]): Promise<Map<string, string>> {
  const result = await sql<{ ods_code: string; latest_sequence_number: string }>`
    select ods_code, latest_sequence_number from directory.ods_sequences
    where ods_code = any(${odsCodes}::text[]) order by ods_code for update
  `.execute(handle);
  return new Map(result.rows.map((row) => [row.ods_code, row.latest_sequence_number]));
}

/** The newest stored sequence number of each code, without a lock (absent: none is stored). */
export async function selectLatestSequences(
  handle: Handle,
  odsCodes: string[],
): Promise<Map<string, string>> {
  const result = await sql<{ ods_code: string; latest_sequence_number: string }>`
    select ods_code, latest_sequence_number from directory.ods_sequences
    where ods_code = any(${odsCodes}::text[])
  `.execute(handle);
  return new Map(result.rows.map((row) => [row.ods_code, row.latest_sequence_number]));
}

export interface StoredChangeEvent {
  id: string;
  odsCode: string;
  sequenceNumber: string | null;
  /** Epoch milliseconds of acceptance. */
  receivedMs: number;
  /** Epoch seconds after which the record may be purged. */
  ttl: number;
  event: string;
}

/** Upserts on (id, ods code) and raises the newest sequence number of each code: two statements for any number of events. */
export async function upsertChangeEvents(handle: Handle, events: StoredChangeEvent[]): Promise<void> {
  const odsCodes = events.map((event) => event.odsCode);
  const sequenceNumbers = events.map((event) => event.sequenceNumber);
  await sql`
    insert into directory.change_events (id, ods_code, sequence_number, event_received, ttl, event, first_received)
    select *, event_received from unnest(
      ${events.map((event) => event.id)}::text[],
      ${odsCodes}::text[],
      ${sequenceNumbers}::numeric[],
      ${events.map((event) => event.receivedMs)}::bigint[],
      ${events.map((event) => event.ttl)}::bigint[],
      ${events.map((event) => event.event)}::text[]
    ) as stored (id, ods_code, sequence_number, event_received, ttl, event)
    on conflict (id, ods_code) do update
    set event_received = excluded.event_received, ttl = excluded.ttl
  `.execute(handle);
  await sql`
    insert into directory.ods_sequences as known (ods_code, latest_sequence_number)
    select ods_code, max(sequence_number)
    from unnest(${odsCodes}::text[], ${sequenceNumbers}::numeric[]) as incoming (ods_code, sequence_number)
    where sequence_number is not null
    group by ods_code
    order by ods_code
    on conflict (ods_code) do update set latest_sequence_number = excluded.latest_sequence_number
    where known.latest_sequence_number < excluded.latest_sequence_number
  `.execute(handle);
}

/** Stored events by their full keys, any number in one statement. */
export async function selectChangeEvents(
  handle: Handle,
  keys: { id: string; odsCode: string }[],
): Promise<{ id: string; ods_code: string; sequence_number: string | null; event: string }[]> {
  const result = await sql<{ id: string; ods_code: string; sequence_number: string | null; event: string }>`
    select stored.id, stored.ods_code, stored.sequence_number, stored.event
    from unnest(${keys.map((key) => key.id)}::text[], ${keys.map((key) => key.odsCode)}::text[])
      as wanted (id, ods_code)
    join directory.change_events stored on stored.id = wanted.id and stored.ods_code = wanted.ods_code
  `.execute(handle);
  return result.rows;
}

/** Purges what is past its five years; at most `limit` at a time so that no transaction grows long. */
export async function deleteExpiredChangeEvents(
  handle: Handle,
  nowSeconds: number,
  limit: number,
): Promise<number> {
  const result = await sql`
    delete from directory.change_events where (id, ods_code) in (
      select id, ods_code from directory.change_events where ttl < ${nowSeconds} order by ttl limit ${limit}
    )
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}
