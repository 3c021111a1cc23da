// Mappings that name the prisoner, and sometimes the booking, of their record: spec section 3.6.4.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import { MAPPING_COLUMNS, type MappingRow } from './mapping-queries.ts';

/** Gives the mappings of a prisoner to another, all or those of one booking; returns them. */
export async function moveMappings(
  handle: Handle,
  type: string,
  move: { from?: string; to: string; bookingId?: string; isBookingInKey: boolean },
): Promise<MappingRow[]> {
  const { from, to, bookingId, isBookingInKey } = move;
  const ofBooking = isBookingInKey
    ? sql`nomis_key like ${`${bookingId}/%`}`
    : sql`extra->>'nomisBookingId' = ${bookingId}`;
  const { rows } = await sql<MappingRow>`
    update migration.mappings set extra = extra || jsonb_build_object('offenderNo', ${to}::text)
    where migration_type = ${type} and extra is not null
      ${from === undefined ? sql`` : sql`and extra->>'offenderNo' = ${from}`}
      ${bookingId === undefined ? sql`` : sql`and ${ofBooking}`}
    returning ${MAPPING_COLUMNS}`.execute(handle);
  return rows;
}

export async function selectKeysOfPrisoner(
  handle: Handle,
  type: string,
  offenderNo: string,
): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    select nomis_key as key from migration.mappings
    where migration_type = ${type} and extra is not null and extra->>'offenderNo' = ${offenderNo}
    order by nomis_key`.execute(handle);
  return rows.map(({ key }) => key);
}

export async function deleteOfPrisoner(handle: Handle, type: string, offenderNo: string): Promise<void> {
  await sql`
    delete from migration.mappings
    where migration_type = ${type} and extra is not null and extra->>'offenderNo' = ${offenderNo}`.execute(
    handle,
  );
}

export interface PrisonerCount {
  offenderNo: string;
  mappingsCount: number;
  whenCreated: Date;
}

/** How many mappings of a run each prisoner has, in the order of their numbers. */
export async function countByPrisoner(
  handle: Handle,
  type: string,
  label: string,
  page: { limit: number; offset: number },
): Promise<{ rows: PrisonerCount[]; total: number }> {
  const { rows } = await sql<PrisonerCount & { total: number }>`
    select extra->>'offenderNo' as "offenderNo", count(*)::int as "mappingsCount",
      max(when_created) as "whenCreated", (count(*) over ())::int as total
    from migration.mappings
    where migration_type = ${type} and label = ${label} and mapping_type = 'MIGRATED' and extra is not null
    group by 1 order by 1 limit ${page.limit} offset ${page.offset}`.execute(handle);
  return { rows, total: rows[0]?.total ?? 0 };
}
