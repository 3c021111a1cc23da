import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Status } from '../notifications/notification.ts';
import type { KeyType, NotificationType } from '../services/service.ts';
import { KEPT_LETTER_STATUSES } from './retention-decision.ts';

export const DEFAULT_RETENTION_DAYS = 7;

export interface ServiceRetention {
  service_id: string;
  notification_type: NotificationType;
  /** The service has set the days itself. */
  is_custom: boolean;
  days: number;
}

export async function listServiceIds(handle: Handle, after: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from notify.services where id > ${after} order by id limit ${limit}`.execute(handle);
  return rows.map((row) => row.id);
}

export async function findServicesWithLetters(handle: Handle, before: Date): Promise<Set<string>> {
  const { rows } = await sql<{ service_id: string }>`
    select distinct service_id from notify.notifications
    where notification_type = 'letter' and created_at < ${before}`.execute(handle);
  return new Set(rows.map((row) => row.service_id));
}

/**
 * Channels of these services that may have something to archive. Those with a retention of their own always; of the others
 * texts and emails where a row lies between their mark and the default cut-off, which index probes tell.
 */
export async function findServicesToArchive(
  handle: Handle,
  serviceIds: readonly string[],
  defaultCutOff: Date,
): Promise<ServiceRetention[]> {
  const { rows } = await sql<ServiceRetention>`
    select s.id as service_id, t.type as notification_type, r.service_id is not null as is_custom,
      coalesce(r.days_of_retention, ${DEFAULT_RETENTION_DAYS}) as days
    from unnest(${[...serviceIds]}::uuid[]) as s(id)
      cross join (values ('sms'), ('email'), ('letter')) as t(type)
      left join notify.data_retention r on r.service_id = s.id and r.notification_type = t.type
      left join notify.retention_marks m on m.service_id = s.id and m.notification_type = t.type
    where r.service_id is not null or t.type = 'letter'
      or exists (
        select 1 from (values ('normal'), ('team'), ('test')) as k(key_type)
        where exists (
          select 1 from notify.notifications n
          where n.service_id = s.id and n.key_type = k.key_type and n.created_at < ${defaultCutOff}
            and n.created_at >= coalesce(m.archived_before, '-infinity')))
    order by s.id, t.type`.execute(handle);
  return rows;
}

export async function readMarks(handle: Handle, serviceId: string): Promise<Map<string, Date>> {
  const { rows } = await sql<{ notification_type: string; archived_before: Date }>`
    select notification_type, archived_before from notify.retention_marks where service_id = ${serviceId}`.execute(
    handle,
  );
  return new Map(rows.map((row) => [row.notification_type, row.archived_before]));
}

/** Moves a mark on, unless something below it was left because another transaction held it. */
export async function moveMark(
  handle: Handle,
  mark: { serviceId: string; type: 'sms' | 'email'; from: Date; to: Date },
): Promise<void> {
  await sql`
    insert into notify.retention_marks as m (service_id, notification_type, archived_before)
    select s.id, ${mark.type}, ${mark.to} from notify.services s
    where s.id = ${mark.serviceId} and not exists (
      select 1 from (values ('normal'), ('team'), ('test')) as k(key_type)
      where exists (
        select 1 from notify.notifications n
        where n.service_id = ${mark.serviceId} and n.key_type = k.key_type and n.notification_type = ${mark.type}
          and n.created_at >= ${mark.from} and n.created_at < ${mark.to}))
    on conflict (service_id, notification_type) do update
      set archived_before = greatest(m.archived_before, excluded.archived_before)`.execute(handle);
}

/** The commit of this transaction does not wait for the log to be on disk: after a crash it may not have been. */
export async function commitWithoutWaiting(handle: Handle): Promise<void> {
  await sql`set local synchronous_commit = off`.execute(handle);
}

export interface ArchiveSlice {
  serviceId: string;
  keyType: KeyType;
  types: readonly NotificationType[];
  from: Date;
  before: Date;
  limit: number;
}

export interface ArchivedLetter {
  id: string;
  notification_status: Status;
  reference: string | null;
  created_at: string;
}

export interface ArchivedBatch {
  /** Rows that are gone from the live table now. */
  count: number;
  letters: ArchivedLetter[];
  /** Of the youngest of them. */
  last_created_at: Date | null;
}

/** What history keeps of a message: nothing personal. */
export const HISTORY_COLUMNS =
  sql.raw(`id, service_id, template_id, template_version, api_key_id, key_type, notification_type,
  notification_status, created_at, sent_at, updated_at, sent_by, reference, client_reference, job_id, job_row_number,
  created_by_id, billable_units, international, phone_prefix, rate_multiplier, postage, document_download_count`);

/**
 * The oldest rows of a slice leave the live table together: into history, or for good where they were tests. The rows are
 * chosen once and locked; what another transaction holds is left for later, and a row whose status changed until it was
 * locked is judged by the new one. Everything is taken from the locked rows, so history has what was last true.
 */
export async function archiveBatch(handle: Handle, slice: ArchiveSlice): Promise<ArchivedBatch> {
  const { keyType } = slice;
  const isLetters = slice.types.includes('letter');
  const { rows } = await sql<ArchivedBatch>`
    with chosen as materialized (
      select ${HISTORY_COLUMNS} from notify.notifications
      where service_id = ${slice.serviceId} and key_type = ${keyType}
        and notification_type = any(${[...slice.types]}::text[])
        ${isLetters ? sql`and notification_type = 'letter'` : sql``}
        and created_at >= ${slice.from} and created_at < ${slice.before}
        ${
          isLetters && keyType !== 'test'
            ? sql`and not notification_status = any(${[...KEPT_LETTER_STATUSES]}::text[])`
            : sql``
        }
      order by created_at, id limit ${slice.limit}
      for update skip locked
    ),
    archived as (
      insert into notify.notification_history (${HISTORY_COLUMNS})
      select ${HISTORY_COLUMNS} from chosen where key_type <> 'test'
      on conflict (id) do nothing
    ),
    removed as (
      delete from notify.notifications n using chosen where n.id = chosen.id
      returning n.id
    )
    select (select count(*)::int from removed) as count,
      coalesce((select json_agg(json_build_object('id', id, 'notification_status', notification_status,
        'reference', reference, 'created_at', created_at)) from chosen where notification_type = 'letter'), '[]')
        as letters,
      (select max(created_at) from chosen) as last_created_at`.execute(handle);
  const [batch] = rows;
  if (!batch) throw new Error('Archiving a batch gave no answer');
  return batch;
}

/** What would be archived of one service and channel now, by status; for a look before the night. */
export async function countPastRetention(
  handle: Handle,
  of: { serviceId: string; type: NotificationType; before: Date },
): Promise<{ key_type: KeyType; notification_status: Status; count: number }[]> {
  const { rows } = await sql<{ key_type: KeyType; notification_status: Status; count: number }>`
    select key_type, notification_status, count(*)::int as count from notify.notifications
    where service_id = ${of.serviceId} and notification_type = ${of.type} and created_at < ${of.before}
    group by key_type, notification_status order by key_type, notification_status`.execute(handle);
  return rows;
}

export async function insertBlobDeletions(handle: Handle, keys: readonly string[], now: Date): Promise<void> {
  if (keys.length === 0) return;
  await sql`
    insert into notify.blob_deletions (key, created_at)
    select key, ${now}::timestamptz from unnest(${[...keys]}::text[]) as key on conflict do nothing`.execute(
    handle,
  );
}

/** The oldest files that must go, a page at a time by key. */
export async function findBlobDeletions(handle: Handle, afterKey: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    select key from notify.blob_deletions where key > ${afterKey} order by key limit ${limit}`.execute(
    handle,
  );
  return rows.map((row) => row.key);
}

export async function forgetBlobDeletions(handle: Handle, keys: readonly string[]): Promise<void> {
  await sql`delete from notify.blob_deletions where key = any(${[...keys]}::text[])`.execute(handle);
}
