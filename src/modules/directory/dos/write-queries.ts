import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { ServiceWrite } from '../comparison/service-write.ts';
import { MODIFIED_BY } from '../service-history/service-history.ts';

/** How many rows each kind of write has touched, and which services got their first history. */
export interface WrittenServices {
  services: number;
  weekdays: number;
  dates: number;
  zCodesAdded: number;
  zCodesRemoved: number;
  historiesCreated: number[];
}

/**
 * Writes many services in at most six statements, whatever their number (6.11). The rows are locked by
 * `lockServices` in the same transaction, each service occurs once, and all its columns are written, changed or not.
 */
export async function writeServices(
  handle: Handle,
  writes: readonly ServiceWrite[],
): Promise<WrittenServices> {
  const written = { services: 0, weekdays: 0, dates: 0, zCodesAdded: 0, zCodesRemoved: 0 };
  if (writes.length === 0) return { ...written, historiesCreated: [] };
  return {
    services: await updateServices(handle, writes),
    weekdays: await replaceWeekdays(handle, writes),
    dates: await replaceDates(handle, writes),
    zCodesAdded: await addZCodes(handle, writes),
    zCodesRemoved: await removeZCodes(handle, writes),
    historiesCreated: await saveHistories(handle, writes),
  };
}

async function updateServices(handle: Handle, writes: readonly ServiceWrite[]): Promise<number> {
  const rows = writes.map(({ serviceId, columns }) => ({ id: serviceId, ...columns }));
  const { numAffectedRows } = await sql`
    update services s
    set web = given.web, publicphone = given.publicphone, address = given.address, postcode = given.postcode,
      town = given.town, easting = given.easting, northing = given.northing, latitude = given.latitude,
      longitude = given.longitude, statusid = given.statusid, modifiedby = ${MODIFIED_BY},
      modifiedtime = given.modifiedtime
    from json_to_recordset(${JSON.stringify(rows)}) as given (id int, web text, publicphone text, address text,
      postcode text, town text, easting int, northing int, latitude float8, longitude float8, statusid int,
      modifiedtime timestamptz)
    where s.id = given.id`.execute(handle);
  return Number(numAffectedRows);
}

/**
 * What a day becomes is what deleting and inserting it would make of it, but rows that stay are only given their new
 * times: every deleted or inserted row costs a check of the owner's foreign keys, and a row whose times change costs
 * none. The deletions see only rows from before the statement, so they leave the inserted ones alone.
 */
async function replaceWeekdays(handle: Handle, writes: readonly ServiceWrite[]): Promise<number> {
  const changed = writes.filter(({ weekdays }) => weekdays.length > 0);
  if (changed.length === 0) return 0;
  const days = changed.flatMap(({ serviceId, weekdays }) => weekdays.map((day) => ({ serviceId, ...day })));
  const times = days.flatMap(({ serviceId, dayId, periods }) =>
    periods
      .toSorted((a, b) => a.start - b.start)
      .map(({ start, end }, index) => ({ serviceId, dayId, nr: index + 1, start, end })),
  );
  const { rows } = await sql<{ replaced: number }>`
    with given as (
      select serviceid, dayid, periods
      from unnest(${ints(days, 'serviceId')}, ${ints(days, 'dayId')},
        ${list(days.map(({ periods }) => periods.length))}) as d (serviceid, dayid, periods)
    ), times as (
      select serviceid, dayid, nr, time '00:00' + make_interval(secs => starts) as starttime,
        time '00:00' + make_interval(secs => ends) as endtime
      from unnest(${ints(times, 'serviceId')}, ${ints(times, 'dayId')}, ${ints(times, 'nr')},
        ${ints(times, 'start')}, ${ints(times, 'end')}) as t (serviceid, dayid, nr, starts, ends)
    ), existing as materialized (
      select o.id, serviceid, dayid, periods, row_number() over (partition by serviceid, dayid order by o.id) as nr
      from servicedayopenings o join given using (serviceid, dayid)
      where serviceid = any(${ints(changed, 'serviceId')})
    ), closed as (
      delete from servicedayopenings o
      where o.id = any(array(select id from existing where nr > 1 or periods = 0))
    ), kept as (
      select id, serviceid, dayid from existing where nr = 1 and periods > 0
    ), former as materialized (
      select t.id, serviceid, dayid, row_number() over (partition by kept.id order by t.id) as nr
      from kept join servicedayopeningtimes t on t.servicedayopeningid = kept.id
    ), moved as (
      update servicedayopeningtimes t set starttime = times.starttime, endtime = times.endtime
      from former join times using (serviceid, dayid, nr)
      where t.id = former.id
    ), dropped as (
      delete from servicedayopeningtimes t
      where t.id = any(array(select former.id from former join given using (serviceid, dayid) where nr > periods))
    ), opened as (
      insert into servicedayopenings (serviceid, dayid)
      select serviceid, dayid from given
      where periods > 0 and (serviceid, dayid) not in (select serviceid, dayid from kept)
      returning id, serviceid, dayid
    ), filled as (
      insert into servicedayopeningtimes (starttime, endtime, servicedayopeningid)
      select starttime, endtime, day.id
      from (select * from kept union all select * from opened) day join times using (serviceid, dayid)
      where (serviceid, dayid, nr) not in (select serviceid, dayid, nr from former)
      order by day.id, nr
    )
    select count(*)::int as replaced from given`.execute(handle);
  return rows[0]?.replaced ?? 0;
}

async function replaceDates(handle: Handle, writes: readonly ServiceWrite[]): Promise<number> {
  const services = writes.flatMap(({ serviceId, specified }) =>
    specified === null ? [] : { serviceId, specified },
  );
  if (services.length === 0) return 0;
  const dates = services.flatMap(({ serviceId, specified }) =>
    specified.map((day) => ({ serviceId, ...day })),
  );
  const times = dates.flatMap(({ serviceId, date, isOpen, periods }) =>
    // A closed date is one row from midnight to midnight (4.2.3).
    (isOpen ? periods : [{ start: 0, end: 0 }]).map(({ start, end }) => ({
      serviceId,
      date,
      isOpen,
      start,
      end,
    })),
  );
  const { rows } = await sql<{ inserted: number }>`
    with closed as (
      delete from servicespecifiedopeningdates where serviceid = any(${ints(services, 'serviceId')})
    ), times as (
      select * from unnest(${ints(times, 'serviceId')}, ${times.map(({ date }) => date)}::date[],
        ${ints(times, 'start')}, ${ints(times, 'end')}, ${times.map(({ isOpen }) => !isOpen)}::boolean[])
        as t (serviceid, date, starts, ends, isclosed)
    ), opened as (
      insert into servicespecifiedopeningdates (serviceid, date)
      select serviceid, date from unnest(${ints(dates, 'serviceId')}, ${dates.map(({ date }) => date)}::date[])
        with ordinality as d (serviceid, date, nr)
      order by nr
      returning id, serviceid, date
    ), filled as (
      insert into servicespecifiedopeningtimes (starttime, endtime, isclosed, servicespecifiedopeningdateid)
      select time '00:00' + make_interval(secs => starts), time '00:00' + make_interval(secs => ends), isclosed,
        opened.id
      from opened join times using (serviceid, date)
      order by opened.id, starts
    )
    select count(*)::int as inserted from opened`.execute(handle);
  return rows[0]?.inserted ?? 0;
}

async function addZCodes(handle: Handle, writes: readonly ServiceWrite[]): Promise<number> {
  const zCodes = writes.flatMap(({ serviceId, addedZCodes }) =>
    addedZCodes.map((zCode) => ({ serviceId, ...zCode })),
  );
  if (zCodes.length === 0) return 0;
  const { numAffectedRows } = await sql`
    insert into servicesgsds (serviceid, sgid, sdid)
    select * from unnest(${ints(zCodes, 'serviceId')}, ${ints(zCodes, 'symptomGroupId')},
      ${ints(zCodes, 'symptomDiscriminatorId')})
    on conflict (serviceid, sdid, sgid) do nothing`.execute(handle);
  return Number(numAffectedRows);
}

async function removeZCodes(handle: Handle, writes: readonly ServiceWrite[]): Promise<number> {
  const zCodes = writes.flatMap(({ serviceId, removedZCodes }) =>
    removedZCodes.map((zCode) => ({ serviceId, ...zCode })),
  );
  if (zCodes.length === 0) return 0;
  const { numAffectedRows } = await sql`
    delete from servicesgsds z
    using unnest(${ints(zCodes, 'serviceId')}, ${ints(zCodes, 'symptomGroupId')},
      ${ints(zCodes, 'symptomDiscriminatorId')}) as given (serviceid, sgid, sdid)
    where z.serviceid = given.serviceid and z.sgid = given.sgid and z.sdid = given.sdid`.execute(handle);
  return Number(numAffectedRows);
}

async function saveHistories(handle: Handle, writes: readonly ServiceWrite[]): Promise<number[]> {
  const rows = writes.map(({ serviceId, history }) => ({ id: serviceId, history: history.text }));
  // A row that this statement inserted has no deleting or locking transaction yet.
  const { rows: saved } = await sql<{ id: number; isNew: boolean }>`
    insert into servicehistories (serviceid, history)
    select id, history from json_to_recordset(${JSON.stringify(rows)}) as given (id int, history text)
    on conflict (serviceid) do update set history = excluded.history
    returning serviceid as id, xmax = 0 as "isNew"`.execute(handle);
  return saved.filter(({ isNew }) => isNew).map(({ id }) => id);
}

/** Much faster than the array handling of the driver, which quotes every number. */
function ints<K extends string>(items: readonly Record<K, number>[], key: K): RawBuilder<number[]> {
  return list(items.map((item) => item[key]));
}

function list(numbers: readonly number[]): RawBuilder<number[]> {
  return sql`${`{${numbers.join(',')}}`}::int[]`;
}
