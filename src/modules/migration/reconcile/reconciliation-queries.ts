import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface Reconciliation {
  id: string;
  migrationType: string;
  state: 'RUNNING' | 'COMPLETED' | 'STOPPED';
  /** `hashes` compares what was read from the source last; `full` reads every source record again. */
  mode: 'hashes' | 'full' | 'rolling';
  startedAt: Date;
  endedAt: Date | null;
  startedBy: string;
  cursor: string | null;
  total: number;
  compared: number;
  matched: number;
}

const COLUMNS = sql.raw(`id, migration_type as "migrationType", state, mode, started_at as "startedAt",
  ended_at as "endedAt", started_by as "startedBy", cursor_text as cursor, total::float8 as total,
  compared::float8 as compared, matched::float8 as matched`);

export async function insertReconciliation(
  handle: Handle,
  one: Pick<Reconciliation, 'id' | 'migrationType' | 'mode' | 'startedAt' | 'startedBy'>,
): Promise<void> {
  await sql`
    insert into migration.reconciliations (id, migration_type, state, mode, started_at, started_by)
    values (${one.id}, ${one.migrationType}, 'RUNNING', ${one.mode}, ${one.startedAt}, ${one.startedBy})`.execute(
    handle,
  );
}

export async function selectReconciliation(handle: Handle, id: string): Promise<Reconciliation | undefined> {
  const { rows } = await sql<Reconciliation>`
    select ${COLUMNS} from migration.reconciliations where id = ${id}`.execute(handle);
  return rows[0];
}

export async function selectNewestReconciliation(
  handle: Handle,
  type: string,
  isRolling: boolean,
): Promise<Reconciliation | undefined> {
  const { rows } = await sql<Reconciliation>`
    select ${COLUMNS} from migration.reconciliations
    where migration_type = ${type} and (mode = 'rolling') = ${isRolling}
    order by started_at desc limit 1`.execute(handle);
  return rows[0];
}

export async function recordProgress(
  handle: Handle,
  id: string,
  progress: { total: number; compared: number; matched: number; cursor?: string | null },
): Promise<void> {
  await sql`
    update migration.reconciliations
    set total = ${progress.total}, compared = ${progress.compared}, matched = ${progress.matched},
      cursor_text = ${progress.cursor ?? null}
    where id = ${id}`.execute(handle);
}

export async function endReconciliation(
  handle: Handle,
  id: string,
  end: { state: 'COMPLETED' | 'STOPPED'; endedAt: Date },
): Promise<void> {
  await sql`
    update migration.reconciliations set state = ${end.state}, ended_at = ${end.endedAt}
    where id = ${id} and state = 'RUNNING'`.execute(handle);
}

export interface HashedMapping {
  nomisKey: string;
  dpsKey: string;
  /** Hex of what was last read from the source; null when nothing was. */
  sourceHash: string | null;
}

const HASHED = sql.raw(
  `m.nomis_key as "nomisKey", m.dps_key as "dpsKey", encode(l.source_hash, 'hex') as "sourceHash"`,
);

/**
 * Records of the target by id and hash against what was last read from the source: those without a mapping, and the
 * mappings whose hash is another or none. What agrees, which is nearly all, stays in the database.
 */
export async function selectDoubtful(
  handle: Handle,
  type: string,
  { ids, hashes }: { ids: string[]; hashes: string[] },
): Promise<{ unmapped: Set<string>; doubtful: HashedMapping[] }> {
  const { rows } = await sql<Omit<HashedMapping, 'nomisKey'> & { nomisKey: string | null }>`
    select t.id as "dpsKey", m.nomis_key as "nomisKey", encode(l.source_hash, 'hex') as "sourceHash"
    from unnest(${ids}::text[], ${hashes}::text[]) as t (id, hash)
    left join migration.mappings m on m.migration_type = ${type} and m.dps_key = t.id
    left join migration.ledger l on l.migration_type = m.migration_type and l.nomis_key = m.nomis_key
    where l.source_hash is distinct from decode(t.hash, 'hex')`.execute(handle);
  const unmapped = new Set<string>();
  const doubtful: HashedMapping[] = [];
  for (const { nomisKey, ...row } of rows) {
    if (nomisKey === null) unmapped.add(row.dpsKey);
    else doubtful.push({ nomisKey, ...row });
  }
  return { unmapped, doubtful };
}

/** Mappings in the order of their NOMIS keys. */
export async function selectHashesAfter(
  handle: Handle,
  type: string,
  after: { nomisKey: string; limit: number },
): Promise<HashedMapping[]> {
  const { rows } = await sql<HashedMapping>`
    select ${HASHED}
    from migration.mappings m
    left join migration.ledger l on l.migration_type = m.migration_type and l.nomis_key = m.nomis_key
    where m.migration_type = ${type} and m.nomis_key > ${after.nomisKey}
    order by m.nomis_key limit ${after.limit}`.execute(handle);
  return rows;
}

/** Which of these NOMIS keys have no mapping. */
export async function selectUnmappedKeys(handle: Handle, type: string, keys: string[]): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    select k.key from unnest(${keys}::text[]) as k (key)
    where not exists (
      select 1 from migration.mappings m where m.migration_type = ${type} and m.nomis_key = k.key
    )`.execute(handle);
  return rows.map((row) => row.key);
}

/** Of what was last read from the source; null when that is not known. */
export async function selectSourceHash(handle: Handle, type: string, key: string): Promise<string | null> {
  const { rows } = await sql<{ hash: string | null }>`
    select encode(source_hash, 'hex') as hash from migration.ledger
    where migration_type = ${type} and nomis_key = ${key}`.execute(handle);
  return rows[0]?.hash ?? null;
}

/** Others have written these records at the target: what is there is what nobody here has sent. */
export async function forgetSourceHashes(handle: Handle, type: string, keys: string[]): Promise<void> {
  await sql`
    update migration.ledger set source_hash = null
    where migration_type = ${type} and nomis_key = any(${keys}::text[]) and source_hash is not null`.execute(
    handle,
  );
}

/** What the source was found to say; rows that a mapping without ledger row has are made. */
export async function updateSourceHashes(
  handle: Handle,
  type: string,
  hashes: { key: string; hash: string }[],
): Promise<void> {
  if (hashes.length === 0) return;
  await sql`
    insert into migration.ledger as l (migration_type, nomis_key, state, source_hash)
    select ${type}, h.key, 'MAPPED', decode(h.hash, 'hex')
    from json_to_recordset(${JSON.stringify(hashes)}::json) as h (key text, hash text)
    order by h.key
    on conflict (migration_type, nomis_key) do update set source_hash = excluded.source_hash`.execute(handle);
}
