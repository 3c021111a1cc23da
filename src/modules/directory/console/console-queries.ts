import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** A service as a list names it. */
export interface ListedService {
  id: number;
  uid: string;
  name: string;
  odsCode: string | null;
  typeName: string;
  statusName: string;
}

export const MOST_SERVICES = 50;

/** Services of the directory by the beginning of their ODS code in either case, or by id or uid. */
export async function searchServices(dos: Handle, text: string): Promise<ListedService[]> {
  const id = /^\d{1,9}$/.test(text) ? Number(text) : null;
  const { rows } = await sql<ListedService>`
    select s.id, s.uid, s.name, s.odscode as "odsCode", t.name as "typeName", st.name as "statusName"
    from services s
    join servicetypes t on t.id = s.typeid
    join servicestatuses st on st.id = s.statusid
    where starts_with(upper(s.odscode), upper(${text})) or s.id = ${id} or s.uid = ${text}
    order by s.odscode collate "C", s.id limit ${MOST_SERVICES}`.execute(dos);
  return rows;
}

export interface StoredRecord {
  id: string;
  sequenceNumber: string | null;
  firstReceivedMs: string;
  event: string;
}

/** The newest stored records of an ODS code, the one that would be applied first. */
export async function selectStoredRecords(
  handle: Handle,
  odsCode: string,
  limit: number,
): Promise<StoredRecord[]> {
  const { rows } = await sql<StoredRecord>`
    select id, sequence_number as "sequenceNumber", first_received as "firstReceivedMs", event
    from directory.change_events where ods_code = ${odsCode}
    order by sequence_number desc nulls last, event_received desc, chronology desc limit ${limit}`.execute(
    handle,
  );
  return rows;
}

export interface RecentEvent {
  id: string;
  time: Date;
  name: string;
  odsCode: string | null;
  correlationId: string | null;
  sequenceNumber: string | null;
  message: string | null;
}

const EVENT_NAMES = [
  'change_event.received',
  'change_event.rejected',
  'change_event.ignored',
  'change_event.superseded',
];

/** Change events as they came in or were left out, newest first; one index walk for each name. */
export async function selectRecentEvents(
  handle: Handle,
  page: { before: Date | null; limit: number },
): Promise<RecentEvent[]> {
  const before = page.before === null ? sql`` : sql`and time < ${page.before}`;
  const walks = EVENT_NAMES.map(
    (name) => sql`(select id, time, name, correlation_id, properties from platform.events
      where name = ${name} ${before} order by time desc limit ${page.limit})`,
  );
  const { rows } = await sql<RecentEvent>`
    select id, time, name, properties ->> 'ods_code' as "odsCode", correlation_id as "correlationId",
      coalesce(properties ->> 'sequence_number', properties ->> 'incoming_sequence_number') as "sequenceNumber",
      properties ->> 'message' as message
    from (${sql.join(walks, sql` union all `)}) found
    order by time desc, id desc limit ${page.limit}`.execute(handle);
  return rows;
}
