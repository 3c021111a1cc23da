// Mappings of every domain in one table; spec sections 3.6 and 4.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface MappingRow {
  nomisKey: string;
  dpsKey: string;
  label: string | null;
  mappingType: string;
  extra: Record<string, unknown> | null;
  whenCreated: Date;
}

export type NewMapping = Omit<MappingRow, 'whenCreated' | 'extra'> & {
  extra?: Record<string, unknown> | null;
};

/** As `MappingRow` names them. */
export const MAPPING_COLUMNS =
  sql.raw(`nomis_key as "nomisKey", dps_key as "dpsKey", label, mapping_type as "mappingType", extra,
  when_created as "whenCreated"`);

export async function selectByNomisKeys(handle: Handle, type: string, keys: string[]): Promise<MappingRow[]> {
  const { rows } = await sql<MappingRow>`
    select ${MAPPING_COLUMNS} from migration.mappings
    where migration_type = ${type} and nomis_key = any(${keys}::text[])`.execute(handle);
  return rows;
}

export async function selectByDpsKeys(handle: Handle, type: string, keys: string[]): Promise<MappingRow[]> {
  const { rows } = await sql<MappingRow>`
    select ${MAPPING_COLUMNS} from migration.mappings
    where migration_type = ${type} and dps_key = any(${keys}::text[])
    order by nomis_key`.execute(handle);
  return rows;
}

/** Returns whether the row was made; another row with one of its keys prevents it. */
export async function insertMapping(handle: Handle, type: string, mapping: NewMapping): Promise<boolean> {
  const { rows } = await sql`
    insert into migration.mappings (migration_type, nomis_key, dps_key, label, mapping_type, extra)
    values (${type}, ${mapping.nomisKey}, ${mapping.dpsKey}, ${mapping.label}, ${mapping.mappingType},
      ${mapping.extra ? JSON.stringify(mapping.extra) : null}::jsonb)
    on conflict do nothing
    returning nomis_key`.execute(handle);
  return rows.length > 0;
}

/** Returns the NOMIS keys of the rows that were there. */
export async function deleteByDpsKey(handle: Handle, type: string, dpsKey: string): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    delete from migration.mappings where migration_type = ${type} and dps_key = ${dpsKey}
    returning nomis_key as key`.execute(handle);
  return rows.map((row) => row.key);
}

export async function deleteByNomisKeys(handle: Handle, type: string, keys: string[]): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from migration.mappings
    where migration_type = ${type} and nomis_key = any(${keys}::text[])`.execute(handle);
  return Number(numAffectedRows ?? 0);
}

/** All rows of the domain, those of one label, or only those that bulk runs made. */
export async function deleteMappings(
  handle: Handle,
  type: string,
  which: { label?: string; onlyMigrated?: boolean },
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from migration.mappings
    where migration_type = ${type}
      ${which.label === undefined ? sql`` : sql`and label = ${which.label}`}
      ${which.onlyMigrated ? sql`and mapping_type = 'MIGRATED'` : sql``}`.execute(handle);
  return Number(numAffectedRows ?? 0);
}

/** At most so many rows that are older; returns how many there were. */
export async function deleteMappingsBefore(
  handle: Handle,
  type: string,
  { before, limit }: { before: Date; limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from migration.mappings
    where migration_type = ${type} and nomis_key in (
      select nomis_key from migration.mappings
      where migration_type = ${type} and when_created < ${before} limit ${limit})`.execute(handle);
  return Number(numAffectedRows ?? 0);
}

export async function countMappings(
  handle: Handle,
  type: string,
  which: { label?: string; mappingType?: string },
): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    select count(*) from migration.mappings
    where migration_type = ${type}
      ${which.label === undefined ? sql`` : sql`and label = ${which.label}`}
      ${which.mappingType === undefined ? sql`` : sql`and mapping_type = ${which.mappingType}`}`.execute(
    handle,
  );
  return Number(rows[0]?.count ?? 0);
}

export async function selectLatestMigrated(handle: Handle, type: string): Promise<MappingRow | undefined> {
  const { rows } = await sql<MappingRow>`
    select ${MAPPING_COLUMNS} from migration.mappings
    where migration_type = ${type} and mapping_type = 'MIGRATED'
    order by when_created desc limit 1`.execute(handle);
  return rows[0];
}

/** A page by number, as the contract asks for it; its cost grows with the number of the page. */
export async function selectMappingPage(
  handle: Handle,
  type: string,
  which: { label?: string; mappingType?: string },
  page: { limit: number; offset: number; orderBy: 'when_created' | 'nomis_key'; isDescending: boolean },
): Promise<MappingRow[]> {
  const { rows } = await sql<MappingRow>`
    select ${MAPPING_COLUMNS} from migration.mappings
    where migration_type = ${type}
      ${which.label === undefined ? sql`` : sql`and label = ${which.label}`}
      ${which.mappingType === undefined ? sql`` : sql`and mapping_type = ${which.mappingType}`}
    order by ${sql.ref(page.orderBy)} ${page.isDescending ? sql`desc` : sql`asc`}, nomis_key
    limit ${page.limit} offset ${page.offset}`.execute(handle);
  return rows;
}

/** By key, for work that walks all of them. */
export async function selectMappingsAfter(
  handle: Handle,
  type: string,
  after: { nomisKey: string; label?: string; limit: number },
): Promise<MappingRow[]> {
  const { rows } = await sql<MappingRow>`
    select ${MAPPING_COLUMNS} from migration.mappings
    where migration_type = ${type} and nomis_key > ${after.nomisKey}
      ${after.label === undefined ? sql`` : sql`and label = ${after.label}`}
    order by nomis_key
    limit ${after.limit}`.execute(handle);
  return rows;
}

/** Rows of these domains by either key, exactly. */
export async function searchMappings(
  handle: Handle,
  types: string[],
  key: string,
  limit: number,
): Promise<(MappingRow & { migrationType: string })[]> {
  const { rows } = await sql<MappingRow & { migrationType: string }>`
    select migration_type as "migrationType", ${MAPPING_COLUMNS} from migration.mappings
    where migration_type = any(${types}::text[]) and nomis_key = ${key}
    union
    select migration_type as "migrationType", ${MAPPING_COLUMNS} from migration.mappings
    where migration_type = any(${types}::text[]) and dps_key = ${key}
    limit ${limit}`.execute(handle);
  return rows;
}
