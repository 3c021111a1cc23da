import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import {
  readSpecifiedTimeRows,
  readStandardTimeRows,
  type SpecifiedTimeRow,
  type StandardTimeRow,
} from '../opening-times/dos-opening-times.ts';
import type { DosService } from './dos-service.ts';

/**
 * Locks services in the order of their ids, so that two batches never wait for each other, and reads everything a
 * comparison needs. Services that do not exist are missing from the result. The caller owns the transaction and
 * ends it soon: people may be waiting for the same rows.
 *
 * Two statements and not one: a statement that waits for a row lock reads the locked row anew, but all other tables
 * as they were before it waited.
 */
export function lockServices(handle: Handle, ids: readonly number[]): Promise<Map<number, DosService>> {
  return loadServices(handle, ids, sql`for update of s`);
}

/** The same without locks, for those who only look; what they see may change at any moment. */
export function readServices(handle: Handle, ids: readonly number[]): Promise<Map<number, DosService>> {
  return loadServices(handle, ids, sql``);
}

async function loadServices(
  handle: Handle,
  ids: readonly number[],
  locking: RawBuilder<unknown>,
): Promise<Map<number, DosService>> {
  const services = await selectRows(handle, ids, locking);
  const details = await readDetails(
    handle,
    services.map(({ id }) => id),
  );
  return new Map(
    services.map((service) => {
      const { standardTimes, specifiedTimes, zCodes, history } = details.get(service.id) ?? NO_DETAILS;
      const { standard, bankHoliday, remarks } = readStandardTimeRows(standardTimes ?? []);
      return [
        service.id,
        {
          ...service,
          standardTimes: standard,
          bankHolidayTimes: bankHoliday,
          specifiedTimes: readSpecifiedTimeRows(specifiedTimes ?? []),
          zCodes: new Set(zCodes),
          history,
          remarks,
        },
      ];
    }),
  );
}

type ServiceRow = Omit<
  DosService,
  'standardTimes' | 'bankHolidayTimes' | 'specifiedTimes' | 'zCodes' | 'history' | 'remarks'
>;

interface DetailRow {
  id: number;
  standardTimes: StandardTimeRow[] | null;
  specifiedTimes: SpecifiedTimeRow[] | null;
  zCodes: string[] | null;
  history: string | null;
}

const NO_DETAILS = { standardTimes: null, specifiedTimes: null, zCodes: null, history: null };

async function selectRows(
  handle: Handle,
  ids: readonly number[],
  locking: RawBuilder<unknown>,
): Promise<ServiceRow[]> {
  const { rows } = await sql<ServiceRow>`
    select s.id, s.uid, s.name, s.odscode as "odsCode", s.address, s.town, s.postcode, s.web,
      s.publicphone as "publicPhone", s.publicname as "publicName", s.easting, s.northing, s.latitude, s.longitude,
      s.typeid as "typeId", t.name as "typeName", s.statusid as "statusId", st.name as "statusName"
    from services s
    join servicetypes t on t.id = s.typeid
    join servicestatuses st on st.id = s.statusid
    where s.id = any(${ids}::int[])
    order by s.id
    ${locking}`.execute(handle);
  return rows;
}

/** One row per service: lists as JSON cost far less to read than hundreds of rows. */
async function readDetails(handle: Handle, ids: readonly number[]): Promise<Map<number, DetailRow>> {
  const { rows } = await sql<DetailRow>`
    select s.id,
      (select json_agg(json_build_array(day.name, extract(epoch from t.starttime)::int,
          extract(epoch from t.endtime)::int) order by o.dayid, t.starttime, t.id)
        from servicedayopenings o
        join servicedayopeningtimes t on t.servicedayopeningid = o.id
        join openingtimedays day on day.id = o.dayid
        where o.serviceid = s.id) as "standardTimes",
      (select json_agg(json_build_array(d.date, extract(epoch from t.starttime)::int,
          extract(epoch from t.endtime)::int, t.isclosed) order by d.date, t.starttime)
        from servicespecifiedopeningdates d
        join servicespecifiedopeningtimes t on t.servicespecifiedopeningdateid = d.id
        where d.serviceid = s.id) as "specifiedTimes",
      (select json_agg(z.sgid || '=' || z.sdid) from servicesgsds z where z.serviceid = s.id) as "zCodes",
      (select h.history from servicehistories h where h.serviceid = s.id) as history
    from unnest(${ids}::int[]) as s (id)`.execute(handle);
  return new Map(rows.map((row) => [row.id, row]));
}
