// The ledger of spec section 5.6, one statement for a batch of records each.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export type LedgerState =
  | 'CLAIMED'
  | 'POSTING'
  | 'CREATED'
  | 'MAPPED'
  | 'SKIPPED'
  | 'REJECTED'
  | 'FAILED'
  | 'FREE';

/** A record that is ours to work on. `state` says how far a former owner got: CLAIMED, POSTING or CREATED. */
export interface ClaimedKey {
  key: string;
  owner: string;
  state: LedgerState;
  targetId: string | null;
  /** The run whose dead letter stood for this record. */
  failedIn: string | null;
  /** No work on this record was ever recorded before. */
  isNew: boolean;
  /** Milliseconds since the request of a former owner was sent, by the database's clock. */
  sentMsAgo: number | null;
}

const CLAIMED_COLUMNS = sql.raw(`l.nomis_key as key, l.owner, l.state, l.target_id as "targetId",
    l.failed_in as "failedIn", l.xmax = 0 as "isNew", extract(epoch from now() - l.sent_at)::float8 * 1000 as "sentMsAgo"`);

/**
 * Takes the records that nobody else works on; those not returned are another's, or settled in this very run. What a
 * former owner left undone keeps its state. The owner is the job: the job engine gives a job to one worker at a time,
 * so the same job may go on where it was, except while a request of it is still on its way (`is_parked`).
 */
export async function claimKeys(
  handle: Handle,
  type: string,
  wanted: { key: string; owner: string; migrationId: string | null }[],
  leaseSeconds: number,
): Promise<ClaimedKey[]> {
  const { rows } = await sql<ClaimedKey>`
    insert into migration.ledger as l (migration_type, nomis_key, state, owner, lease_until, migration_id)
    select ${type}, w.key, 'CLAIMED', w.owner, now() + ${leaseSeconds}::float8 * interval '1 second',
      w."migrationId"
    from json_to_recordset(${JSON.stringify(wanted)}::json) as w (key text, owner uuid, "migrationId" text)
    order by w.key
    on conflict (migration_type, nomis_key) do update set
      state = case
        when l.state in ('CLAIMED', 'POSTING', 'CREATED') then l.state else 'CLAIMED' end,
      target_id = case when l.state in ('CLAIMED', 'POSTING', 'CREATED') then l.target_id end,
      owner = excluded.owner, is_parked = false, lease_until = excluded.lease_until,
      migration_id = excluded.migration_id, updated_at = now()
    where case
      when l.state in ('SKIPPED', 'REJECTED') then l.migration_id is distinct from excluded.migration_id
        or excluded.migration_id is null
      when l.state in ('MAPPED', 'FAILED', 'FREE') then true
      else l.owner is null or (l.owner = excluded.owner and not l.is_parked) or l.lease_until < now() end
    returning ${CLAIMED_COLUMNS}`.execute(handle);
  return rows;
}

/** The states of records that could not be claimed. */
export async function selectLedgerStates(
  handle: Handle,
  type: string,
  keys: string[],
): Promise<{ key: string; state: LedgerState; migrationId: string | null }[]> {
  const { rows } = await sql<{ key: string; state: LedgerState; migrationId: string | null }>`
    select nomis_key as key, state, migration_id as "migrationId" from migration.ledger
    where migration_type = ${type} and nomis_key = any(${keys}::text[])`.execute(handle);
  return rows;
}

export interface LedgerKey {
  type: string;
  key: string;
  owner: string;
}

/**
 * Statements that change several records meet each other, since a call may go on after its batch was settled. Each takes
 * them in the order of their keys, so that no two wait for one another.
 */
function inOrder<T extends { type: string; key: string }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => (a.type === b.type ? compare(a.key, b.key) : compare(a.type, b.type)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * Before the request goes out. Returns the records that were still their owner's, and the number of the create for the
 * idempotency key: it grows once a create with the former number was accepted, never on a retry.
 */
export async function markPosting(
  handle: Handle,
  items: (LedgerKey & { sourceHash: string | null })[],
): Promise<{ type: string; key: string; round: number }[]> {
  const { rows } = await sql<{ type: string; key: string; round: number }>`
    update migration.ledger l
    set state = 'POSTING', sent_at = now(), updated_at = now(),
      round = case when l.is_round_used then l.round + 1 else l.round end, is_round_used = false,
      source_hash = coalesce(decode(i.hash, 'hex'), l.source_hash)
    from json_to_recordset(${JSON.stringify(
      inOrder(items).map(({ type, key, owner, sourceHash }) => ({ type, key, owner, hash: sourceHash })),
    )}::json) as i (type text, key text, owner uuid, hash text)
    where l.migration_type = i.type and l.nomis_key = i.key and l.owner = i.owner
      and l.state in ('CLAIMED', 'POSTING')
    returning l.migration_type as type, l.nomis_key as key, l.round`.execute(handle);
  return rows;
}

/** The target said no: nothing is on its way any more. */
export async function unmarkPosting(handle: Handle, item: LedgerKey): Promise<void> {
  await sql`
    update migration.ledger set state = 'CLAIMED', sent_at = null, updated_at = now()
    where migration_type = ${item.type} and nomis_key = ${item.key} and owner = ${item.owner}
      and state = 'POSTING'`.execute(handle);
}

export interface CreatedItem extends LedgerKey {
  targetId: string;
  /** The mapping to write in the same statement, where the store is ours. */
  mapping: { label: string | null; mappingType: string; extra: Record<string, unknown> | null } | null;
}

/**
 * Directly after the target's answer. The mapping goes into the same statement, so that no crash separates the two;
 * `mapped` is false where another row holds one of its keys.
 */
export async function markCreated(
  handle: Handle,
  items: CreatedItem[],
): Promise<{ type: string; key: string; mapped: boolean }[]> {
  const { rows } = await sql<{ type: string; key: string; mapped: boolean }>`
    with items as materialized (
      select * from json_to_recordset(${JSON.stringify(
        inOrder(items).map(({ type, key, owner, targetId, mapping }) => ({
          type,
          key,
          owner,
          target_id: targetId,
          label: mapping?.label ?? null,
          mapping_type: mapping?.mappingType ?? null,
          extra: mapping?.extra ?? null,
        })),
      )}::json) as i (type text, key text, owner uuid, target_id text, label text, mapping_type text, extra jsonb)
    ),
    created as (
      update migration.ledger l set state = 'CREATED', target_id = i.target_id, is_round_used = true, updated_at = now()
      from items i
      where l.migration_type = i.type and l.nomis_key = i.key and l.owner = i.owner
        and l.state in ('CLAIMED', 'POSTING', 'CREATED')
      returning l.migration_type, l.nomis_key
    ),
    mapped as (
      insert into migration.mappings (migration_type, nomis_key, dps_key, label, mapping_type, extra)
      select i.type, i.key, i.target_id, i.label, i.mapping_type, i.extra
      from items i join created c on c.migration_type = i.type and c.nomis_key = i.key
      where i.mapping_type is not null
      order by i.type, i.key
      on conflict do nothing
      returning migration_type, nomis_key
    )
    select c.migration_type as type, c.nomis_key as key, m.nomis_key is not null as mapped
    from created c left join mapped m using (migration_type, nomis_key)`.execute(handle);
  return rows;
}

export interface SettledKey {
  type: string;
  key: string;
  owner: string;
  state: 'MAPPED' | 'SKIPPED' | 'REJECTED' | 'FREE';
  sourceHash?: string | null;
}

/** The end of the work on these records, in the transaction that says so to everybody else. */
export async function settleKeys(handle: Handle, items: SettledKey[]): Promise<void> {
  if (items.length === 0) return;
  await sql`
    update migration.ledger l
    set state = i.state, owner = null, is_parked = false, lease_until = null, failed_in = null, sent_at = null,
      source_hash = coalesce(decode(i.hash, 'hex'), l.source_hash), updated_at = now()
    from json_to_recordset(${JSON.stringify(
      inOrder(items).map(({ type, key, owner, state, sourceHash }) => ({
        type,
        key,
        owner,
        state,
        hash: sourceHash ?? null,
      })),
    )}::json) as i (type text, key text, owner uuid, state text, hash text)
    where l.migration_type = i.type and l.nomis_key = i.key and l.owner = i.owner`.execute(handle);
}

/** Gives records back untouched: nothing was sent for them. */
export async function releaseKeys(handle: Handle, items: LedgerKey[]): Promise<void> {
  if (items.length === 0) return;
  await sql`
    update migration.ledger l
    set state = case when l.state = 'CLAIMED' then 'FREE' else l.state end, owner = null, is_parked = false,
      lease_until = null, updated_at = now()
    from json_to_recordset(${JSON.stringify(inOrder(items).map(({ type, key, owner }) => ({ type, key, owner })))}::json)
      as i (type text, key text, owner uuid)
    where l.migration_type = i.type and l.nomis_key = i.key and l.owner = i.owner`.execute(handle);
}

/** Held for a person after an unknown outcome: a retry of this very job is their decision. */
export async function holdKey(handle: Handle, item: LedgerKey): Promise<void> {
  await sql`
    update migration.ledger
    set owner = null, is_parked = false, lease_until = null, failed_in = coalesce(failed_in, ${item.owner}),
      updated_at = now()
    where migration_type = ${item.type} and nomis_key = ${item.key} and owner = ${item.owner}`.execute(
    handle,
  );
}

/** The job goes back while its request is still on its way. */
export async function parkKeys(handle: Handle, items: LedgerKey[], leaseSeconds: number): Promise<void> {
  if (items.length === 0) return;
  await sql`
    update migration.ledger l
    set is_parked = true, lease_until = now() + ${leaseSeconds}::float8 * interval '1 second', updated_at = now()
    from json_to_recordset(${JSON.stringify(inOrder(items).map(({ type, key, owner }) => ({ type, key, owner })))}::json)
      as i (type text, key text, owner uuid)
    where l.migration_type = i.type and l.nomis_key = i.key and l.owner = i.owner`.execute(handle);
}

/** Their process is alive and their requests go on. Whoever has a record in hand at this moment is not waited for. */
export async function renewParked(handle: Handle, items: LedgerKey[], leaseSeconds: number): Promise<void> {
  await sql`
    with ours as materialized (
      select l.migration_type, l.nomis_key
      from json_to_recordset(${JSON.stringify(inOrder(items).map(({ type, key, owner }) => ({ type, key, owner })))}::json)
        as i (type text, key text, owner uuid)
      join migration.ledger l on l.migration_type = i.type and l.nomis_key = i.key and l.owner = i.owner and l.is_parked
      for update of l skip locked
    )
    update migration.ledger l set lease_until = now() + ${leaseSeconds}::float8 * interval '1 second'
    from ours where l.migration_type = ours.migration_type and l.nomis_key = ours.nomis_key`.execute(handle);
}

/** The work that was parked has ended one way or the other: its job may go on. */
export async function unparkKey(handle: Handle, item: LedgerKey): Promise<void> {
  await sql`
    update migration.ledger set is_parked = false
    where migration_type = ${item.type} and nomis_key = ${item.key} and owner = ${item.owner}
      and is_parked`.execute(handle);
}

/**
 * The job is a dead letter. What was sent or created is kept, so that a retry of the dead letter looks before it
 * sends. Returns whether the record was not counted as failed before.
 */
export async function failKey(
  handle: Handle,
  item: { type: string; key: string; owner: string; migrationId: string | null },
): Promise<boolean> {
  const { rows } = await sql<{ was: string | null }>`
    with before as materialized (
      select failed_in from migration.ledger
      where migration_type = ${item.type} and nomis_key = ${item.key} for update
    )
    update migration.ledger l
    set state = case when l.state in ('POSTING', 'CREATED') then l.state else 'FAILED' end, owner = null,
      is_parked = false, lease_until = null, failed_in = ${item.migrationId}, updated_at = now()
    from before
    where l.migration_type = ${item.type} and l.nomis_key = ${item.key}
      and (l.owner is null or l.owner = ${item.owner})
    returning before.failed_in as was`.execute(handle);
  return rows[0] === undefined || rows[0].was !== item.migrationId;
}

/**
 * Dead letters of a run that turned out to need nothing more. Returns how many of the records they stood for.
 */
export async function clearFailures(
  handle: Handle,
  type: string,
  keys: string[],
  migrationId: string,
): Promise<number> {
  const { numAffectedRows } = await sql`
    update migration.ledger set failed_in = null, updated_at = now(),
      state = case when state = 'FAILED' then 'SKIPPED' else state end
    where migration_type = ${type} and nomis_key = any(${keys}::text[])
      and failed_in = ${migrationId}`.execute(handle);
  return Number(numAffectedRows ?? 0);
}

/** Whether some job is on its way to a mapping for this record. */
export async function isBeingCreated(handle: Handle, type: string, key: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from migration.ledger
    where migration_type = ${type} and nomis_key = ${key} and state in ('CLAIMED', 'POSTING', 'CREATED')
      and owner is not null`.execute(handle);
  return rows.length > 0;
}

/** The mapping of a created record was made up for. */
export async function settleMapped(
  handle: Handle,
  type: string,
  key: string,
  targetId: string,
): Promise<void> {
  await sql`
    update migration.ledger
    set state = 'MAPPED', owner = null, lease_until = null, failed_in = null, sent_at = null, updated_at = now()
    where migration_type = ${type} and nomis_key = ${key} and state = 'CREATED' and target_id = ${targetId}
      and owner is null`.execute(handle);
}

/** Dead letters, by type, of which nobody knows whether their create arrived. */
export async function countUncertain(handle: Handle): Promise<Map<string, number>> {
  const { rows } = await sql<{ type: string; count: number }>`
    select migration_type as type, count(*)::int as count from migration.ledger
    where failed_in is not null and state = 'POSTING' group by 1`.execute(handle);
  return new Map(rows.map(({ type, count }) => [type, count]));
}
