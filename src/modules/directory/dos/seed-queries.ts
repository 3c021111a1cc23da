import { readFile } from 'node:fs/promises';
import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { PharmacyLocation } from '#reference/pharmacies';
import type { SeededChange, SeededContent, SeededService } from './dos-content.ts';

// Statements for the DoS database that this product brings along; none of them is for a customer's database.

/** Lets one process at a time prepare the database, until the end of the transaction. */
export async function lockPreparation(handle: Handle): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('signalbox prepares pathwaysdos'))`.execute(handle);
}

export async function schemaExists(handle: Handle): Promise<boolean> {
  const { rows } = await sql<{ exists: boolean }>`
    select to_regclass('pathwaysdos.services') is not null as exists`.execute(handle);
  return rows[0]?.exists === true;
}

export async function createSchema(handle: Handle): Promise<void> {
  for (const name of ['schema.sql', 'reference-data.sql']) {
    const text = await readFile(new URL(`data/${name}`, import.meta.url), 'utf8');
    await sql.raw(text).execute(handle);
  }
}

export async function useSchema(handle: Handle): Promise<void> {
  await sql`set local search_path to dbo, pathwaysdos`.execute(handle);
}

/** The pharmacies that exist already, by their ODS code of five characters. */
export async function findPharmacyCodes(handle: Handle): Promise<Set<string>> {
  const { rows } = await sql<{ odscode: string }>`
    select odscode from services where typeid = 13 and length(odscode) = 5`.execute(handle);
  return new Set(rows.map(({ odscode }) => odscode));
}

/** Takes `count` ids in a row out of a sequence and returns the first. */
export async function reserveIds(handle: Handle, sequence: string, count: number): Promise<number> {
  const { rows } = await sql<{ last: string }>`
    select setval(${sequence}::regclass, nextval(${sequence}::regclass) + ${count - 1}) as last`.execute(
    handle,
  );
  return Number(rows[0]?.last) - count + 1;
}

export async function findCommissionerIds(handle: Handle, typeId: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from services where typeid = ${typeId} order by id`.execute(handle);
  return rows.map(({ id }) => id);
}

export async function insertServices(handle: Handle, services: SeededService[]): Promise<void> {
  await sql`
    insert into services (id, name, odscode, address, town, postcode, easting, northing, latitude, longitude,
      publicphone, web, publicname, typeid, statusid, parentid, createdby, createdtime, modifiedby, modifiedtime)
    select id, name, odscode, address, town, postcode, easting, northing, latitude, longitude,
      publicphone, web, publicname, typeid, statusid, parentid,
      'SEED', '2021-01-04 09:00:00Z', 'SEED', '2021-01-04 09:00:00Z'
    from json_to_recordset(${JSON.stringify(services)}) as seeded (id int, name text, odscode text, address text,
      town text, postcode text, easting int, northing int, latitude float8, longitude float8, publicphone text,
      web text, publicname text, typeid int, statusid int, parentid int)`.execute(handle);
}

export async function insertOpenings(
  handle: Handle,
  firstId: number,
  { openings, openingTimes }: SeededContent,
): Promise<void> {
  await sql`
    insert into servicedayopenings (id, serviceid, dayid)
    select ${firstId}::int + nr - 1, serviceid, dayid
    from unnest(${ints(openings.serviceId)}, ${ints(openings.dayId)}) with ordinality as o (serviceid, dayid, nr)
    `.execute(handle);
  await sql`
    insert into servicedayopeningtimes (starttime, endtime, servicedayopeningid)
    select time '00:00' + make_interval(secs => starts), time '00:00' + make_interval(secs => ends),
      ${firstId}::int + opening
    from unnest(${ints(openingTimes.start)}, ${ints(openingTimes.end)}, ${ints(openingTimes.opening)})
      as t (starts, ends, opening)`.execute(handle);
}

export async function insertDates(
  handle: Handle,
  firstId: number,
  { dates, dateTimes }: SeededContent,
): Promise<void> {
  await sql`
    insert into servicespecifiedopeningdates (id, serviceid, date)
    select ${firstId}::int + nr - 1, serviceid, date
    from unnest(${ints(dates.serviceId)}, ${dates.date}::date[]) with ordinality as d (serviceid, date, nr)
    `.execute(handle);
  await sql`
    insert into servicespecifiedopeningtimes (starttime, endtime, isclosed, servicespecifiedopeningdateid)
    select time '00:00' + make_interval(secs => starts), time '00:00' + make_interval(secs => ends), isclosed,
      ${firstId}::int + date
    from unnest(${ints(dateTimes.start)}, ${ints(dateTimes.end)}, ${dateTimes.isClosed}::boolean[],
      ${ints(dateTimes.date)}) as t (starts, ends, isclosed, date)`.execute(handle);
}

export async function insertZCodes(handle: Handle, { zCodes }: SeededContent): Promise<void> {
  await sql`
    insert into servicesgsds (serviceid, sgid, sdid)
    select * from unnest(${ints(zCodes.serviceId)}, ${ints(zCodes.symptomGroupId)},
      ${ints(zCodes.symptomDiscriminatorId)})`.execute(handle);
}

export async function insertHistories(handle: Handle, { histories }: SeededContent): Promise<void> {
  await sql`
    insert into servicehistories (serviceid, history)
    select * from unnest(${ints(histories.serviceId)}, ${histories.history}::text[])`.execute(handle);
}

export async function insertLocations(handle: Handle, locations: PharmacyLocation[]): Promise<void> {
  await sql`
    insert into locations (postcode, easting, northing, postaltown, latitude, longitude)
    select postcode, easting, northing, town, latitude, longitude
    from json_to_recordset(${JSON.stringify(locations)}) as seeded (postcode text, easting int, northing int,
      town text, latitude float8, longitude float8)
    where not exists (select from locations known where known.postcode = seeded.postcode)`.execute(handle);
}

/** The person who proposed the seeded pending changes, with an address to write to. */
export async function insertEditor(handle: Handle): Promise<void> {
  await sql`
    insert into users (username, firstname, lastname, email, status, createdtime)
    values ('dos.editor', 'Example', 'Editor', 'dos.editor@example.org', 'ACTIVE', '2020-01-06 09:00:00Z')
    on conflict (username) do nothing`.execute(handle);
}

export async function insertPendingChanges(handle: Handle, changes: SeededChange[]): Promise<void> {
  await sql`
    insert into changes (id, approvestatus, type, initiatorname, servicename, value, createdtimestamp, creatorsname,
      serviceid)
    select id, 'PENDING', 'modify', 'dos.editor', servicename, value, '2029-12-01 09:00:00Z', 'dos.editor', serviceid
    from json_to_recordset(${JSON.stringify(changes)}) as seeded (id text, serviceid int, servicename text, value text)
    on conflict (id) do nothing`.execute(handle);
}

/** Without statistics the first statements after a large seed would scan whole tables. */
export async function analyzeTables(handle: Handle): Promise<void> {
  await sql`
    analyze services, servicedayopenings, servicedayopeningtimes, servicespecifiedopeningdates,
      servicespecifiedopeningtimes, servicesgsds, servicehistories, locations, changes, users`.execute(
    handle,
  );
}

/** Much faster than the array handling of the driver, which quotes every number. */
function ints(values: number[]): RawBuilder<number[]> {
  return sql`${`{${values.join(',')}}`}::int[]`;
}
