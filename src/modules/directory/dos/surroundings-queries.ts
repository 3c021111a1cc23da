import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import { normalisePostcode } from '../change-events/nhs-entity.ts';
import { postcodeSpellings } from '../comparison/address.ts';
import type { DosLocation } from './dos-service.ts';
import { findRegion, type HierarchyRow } from './region.ts';
import { COMMISSIONED_SERVICES, formatZCode } from './service-types.ts';

/** The rows of `locations` that postcodes in normal form may stand for, each list in database order (6.8.3). */
export async function findLocations(
  handle: Handle,
  normalPostcodes: readonly string[],
): Promise<Map<string, DosLocation[]>> {
  const spellings = [...new Set(normalPostcodes)]
    .filter((postcode) => postcode.isWellFormed() && !postcode.includes('\u0000'))
    .flatMap(postcodeSpellings);
  if (spellings.length === 0) return new Map();
  const { rows } = await sql<DosLocation>`
    select postcode, postaltown as town, easting, northing, latitude, longitude
    from locations
    where postcode = any(${spellings}::text[])
    order by id`.execute(handle);
  return Map.groupBy(rows, ({ postcode }) => normalisePostcode(postcode));
}

/** Which of the managed Z codes exist in this DoS, each as `360=14167` (6.8.6). */
export async function findKnownZCodes(handle: Handle): Promise<Set<string>> {
  const groups = COMMISSIONED_SERVICES.map(({ zCode }) => zCode.symptomGroupId);
  const discriminators = COMMISSIONED_SERVICES.map(({ zCode }) => zCode.symptomDiscriminatorId);
  const { rows } = await sql<{ symptomGroupId: number; symptomDiscriminatorId: number }>`
    select symptomgroupid as "symptomGroupId", symptomdiscriminatorid as "symptomDiscriminatorId"
    from symptomgroupsymptomdiscriminators
    where (symptomgroupid, symptomdiscriminatorid) in (
      select * from unnest(${groups}::int[], ${discriminators}::int[]))`.execute(handle);
  return new Set(rows.map(formatZCode));
}

/**
 * The region of each service (6.17). `union` drops what was seen before, so a cycle of parents ends. `offset 0` makes
 * each step look parents up by id: the planner expects ten times the rows and would scan the whole table instead.
 */
export async function findRegions(
  handle: Handle,
  serviceIds: readonly number[],
): Promise<Map<number, string>> {
  if (serviceIds.length === 0) return new Map();
  const { rows } = await sql<HierarchyRow>`
    with recursive hierarchy as (
      select id, name, parentid from services where id = any(${serviceIds}::int[])
      union
      select parent.id, parent.name, parent.parentid
      from hierarchy child
      cross join lateral (
        select id, name, parentid from services where id = child.parentid offset 0
      ) parent
    )
    select id, name, parentid as "parentId" from hierarchy`.execute(handle);
  const hierarchy = new Map(rows.map((row) => [row.id, row]));
  return new Map(serviceIds.map((id) => [id, findRegion(id, hierarchy)]));
}
