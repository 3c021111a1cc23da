import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import { ACTIVE, type CommissionedService, PHARMACY_TYPES } from './service-types.ts';

/** A service as the quality checker reports it. */
export interface CheckedService {
  id: number;
  uid: string;
  name: string;
  odsCode: string;
  typeId: number;
  typeName: string;
}

const columns = sql`s.id, s.uid, s.name, s.odscode as "odsCode", s.typeid as "typeId", t.name as "typeName"`;

const isActivePharmacy = sql`s.statusid = ${ACTIVE} and s.typeid = any(${PHARMACY_TYPES}::int[])`;

/**
 * Active services of one type of which there are several below one ODS code (6.15 step 2), in the order of the codes. `letters` are the first characters looked at; a code may be stored with spaces and tabs around it.
 */
export async function findRepeatedServices(
  handle: Handle,
  letters: string[],
  typeIds: readonly number[],
): Promise<CheckedService[]> {
  const { rows } = await sql<CheckedService>`
    with codes as (
      select distinct left(s.odscode, 5) as code from services s
      where ${isActivePharmacy} and left(replace(trim(s.odscode), E'\t', ''), 1) = any(${letters}::text[])
    ), members as (
      -- A full code is found by hash; short ones, which only dirty data has, by their beginning.
      select codes.code, s.* from codes join services s on left(s.odscode, 5) = codes.code
      where length(codes.code) = 5
      union all
      select short.code, s.* from (select code from codes where length(code) < 5 offset 0) short
      join services s on starts_with(s.odscode, short.code)
    ), checked as (
      select s.code, ${columns}, count(*) over (partition by s.code, s.typeid) as peers
      from members s
      join servicetypes t on t.id = s.typeid
      where ${isActivePharmacy} and s.typeid = any(${typeIds}::int[])
    )
    select id, uid, name, "odsCode", "typeId", "typeName" from checked
    where peers > 1
    order by code collate "C", "typeId", id`.execute(handle);
  return rows;
}

/** Active services that carry a Z code though they are of another type than the one it belongs to (6.15 step 3). */
export function findZCodeOnWrongType(
  handle: Handle,
  commissioned: CommissionedService,
  search: { letters: string[]; exemptTypes: readonly number[] },
): Promise<CheckedService[]> {
  const types = PHARMACY_TYPES.filter(
    (type) => type !== commissioned.typeId && !search.exemptTypes.includes(type),
  );
  return findByZCode(handle, commissioned, sql`s.typeid = any(${types}::int[])`, search.letters);
}

/** Active services of the right type whose ODS code is longer than a pharmacy's own (6.15 step 4). */
export function findZCodeOnLongCode(
  handle: Handle,
  commissioned: CommissionedService,
  letters: string[],
): Promise<CheckedService[]> {
  return findByZCode(
    handle,
    commissioned,
    sql`s.typeid = ${commissioned.typeId} and length(s.odscode) > 5`,
    letters,
  );
}

async function findByZCode(
  handle: Handle,
  { zCode }: CommissionedService,
  condition: ReturnType<typeof sql>,
  letters: string[],
): Promise<CheckedService[]> {
  const { rows } = await sql<CheckedService>`
    select ${columns}
    from services s
    join servicetypes t on t.id = s.typeid
    where ${isActivePharmacy} and ${condition} and left(s.odscode, 1) = any(${letters}::text[])
      and exists (
        select 1 from servicesgsds z
        where z.serviceid = s.id and z.sgid = ${zCode.symptomGroupId} and z.sdid = ${zCode.symptomDiscriminatorId}
      )
    order by s.odscode collate "C", s.id`.execute(handle);
  return rows;
}
