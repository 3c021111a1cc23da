import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface SettlingEvent {
  odsCode: string;
  sequenceNumber: string;
}

/** Notes events that wait from now on; a window that is open already goes on. Codes that nothing was stored of are left. */
export async function beginSettling(handle: Handle, events: SettlingEvent[]): Promise<void> {
  await sql`
    update directory.ods_sequences known
    set settling_since = coalesce(known.settling_since, now()),
      settling_sequence_number = greatest(known.settling_sequence_number, incoming.sequence_number)
    from (
      select ods_code, max(sequence_number) as sequence_number
      from unnest(${events.map(({ odsCode }) => odsCode)}::text[],
        ${events.map(({ sequenceNumber }) => sequenceNumber)}::numeric[]) as given (ods_code, sequence_number)
      group by ods_code
    ) incoming
    where known.ods_code = incoming.ods_code
  `.execute(handle);
}

/** Those of `events`, by their place, behind which a newer one waits, unless their window has been open for too long. */
export async function selectSuperseded(
  handle: Handle,
  events: SettlingEvent[],
  longestSeconds: number,
): Promise<Set<number>> {
  const { rows } = await sql<{ place: number }>`
    select given.place::int from unnest(${events.map(({ odsCode }) => odsCode)}::text[],
      ${events.map(({ sequenceNumber }) => sequenceNumber)}::numeric[]) with ordinality as given (ods_code, sequence_number, place)
    join directory.ods_sequences known on known.ods_code = given.ods_code
    where known.settling_sequence_number > given.sequence_number
      and known.settling_since > now() - make_interval(secs => ${longestSeconds})
  `.execute(handle);
  return new Set(rows.map(({ place }) => place - 1));
}

/** Ends the windows of these events, or begins another where a newer one still waits. Locks in the order of ingest. */
export async function endSettling(handle: Handle, events: SettlingEvent[]): Promise<void> {
  await sql`
    with done as materialized (
      select known.ods_code, given.sequence_number
      from unnest(${events.map(({ odsCode }) => odsCode)}::text[],
        ${events.map(({ sequenceNumber }) => sequenceNumber)}::numeric[]) as given (ods_code, sequence_number)
      join directory.ods_sequences known on known.ods_code = given.ods_code
      where known.settling_since is not null
      order by known.ods_code
      for update of known
    )
    update directory.ods_sequences known
    set settling_since = case when known.settling_sequence_number > done.sequence_number then now() end,
      settling_sequence_number = case when known.settling_sequence_number > done.sequence_number
        then known.settling_sequence_number end
    from done where known.ods_code = done.ods_code
  `.execute(handle);
}
