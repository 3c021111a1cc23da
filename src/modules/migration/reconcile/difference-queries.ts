// Records on which source and target differ, as last found.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export const DIFFERENCE_KINDS = [
  'MISSING_AT_TARGET',
  'MISSING_AT_SOURCE',
  'NOT_MAPPED',
  'DIFFERENT',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

export interface Difference {
  nomisKey: string;
  dpsKey: string | null;
  kind: DifferenceKind;
  /** Names of the fields, never their values. */
  fields: string[];
  foundAt: Date;
}

const COLUMNS = sql.raw('nomis_key as "nomisKey", dps_key as "dpsKey", kind, fields, found_at as "foundAt"');

/** The source was read and the target written: what differed before differs no longer. */
export async function deleteDifference(handle: Handle, type: string, key: string): Promise<void> {
  await sql`
    delete from migration.differences where migration_type = ${type} and nomis_key = ${key}`.execute(handle);
}

export async function upsertDifferences(
  handle: Handle,
  type: string,
  reconciliationId: string | null,
  differences: Difference[],
): Promise<void> {
  if (differences.length === 0) return;
  await sql`
    insert into migration.differences (migration_type, nomis_key, dps_key, kind, fields, found_at, reconciliation_id)
    select ${type}, d."nomisKey", d."dpsKey", d.kind,
      array(select json_array_elements_text(d.fields)), d."foundAt", ${reconciliationId}::uuid
    from json_to_recordset(${JSON.stringify(differences)}::json)
      as d ("nomisKey" text, "dpsKey" text, kind text, fields json, "foundAt" timestamptz)
    on conflict (migration_type, nomis_key) do update set
      dps_key = excluded.dps_key, kind = excluded.kind, fields = excluded.fields, found_at = excluded.found_at,
      reconciliation_id = excluded.reconciliation_id`.execute(handle);
}

/** Those that a whole reconciliation did not find again. */
export async function deleteOtherDifferences(
  handle: Handle,
  type: string,
  reconciliationId: string,
): Promise<void> {
  await sql`
    delete from migration.differences
    where migration_type = ${type} and reconciliation_id is distinct from ${reconciliationId}::uuid`.execute(
    handle,
  );
}

export async function selectDifferences(
  handle: Handle,
  type: string,
  page: { kind?: DifferenceKind; afterKey: string; limit: number },
): Promise<Difference[]> {
  const { rows } = await sql<Difference>`
    select ${COLUMNS} from migration.differences
    where migration_type = ${type} and nomis_key > ${page.afterKey}
      ${page.kind === undefined ? sql`` : sql`and kind = ${page.kind}`}
    order by nomis_key limit ${page.limit}`.execute(handle);
  return rows;
}

export async function countDifferences(handle: Handle, type: string): Promise<Record<string, number>> {
  const { rows } = await sql<{ kind: string; count: number }>`
    select kind, count(*)::int as count from migration.differences
    where migration_type = ${type} group by kind`.execute(handle);
  return Object.fromEntries(rows.map((row) => [row.kind, row.count]));
}
