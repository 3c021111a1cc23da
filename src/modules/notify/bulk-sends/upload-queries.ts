import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface UploadRow {
  id: string;
  service_id: string;
  original_file_name: string;
  row_count: number;
  columns: string[];
  template_id: string | null;
  sender_id: string | null;
  is_valid: boolean | null;
  created_at: Date;
}

const COLUMNS = sql.raw(
  'id, service_id, original_file_name, row_count, columns, template_id, sender_id, is_valid, created_at',
);

/** Replaces an upload of the same id and service, as long as nothing was made of it; returns whether it did. */
export async function insertUpload(
  handle: Handle,
  upload: Pick<
    UploadRow,
    'id' | 'service_id' | 'original_file_name' | 'row_count' | 'columns' | 'created_at'
  >,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into notify.bulk_uploads as u (id, service_id, original_file_name, row_count, columns, created_at)
    select ${upload.id}::uuid, ${upload.service_id}::uuid, ${upload.original_file_name}, ${upload.row_count},
      ${upload.columns}::text[], ${upload.created_at}::timestamptz
    where not exists (select 1 from notify.bulk_sends b where b.id = ${upload.id})
    on conflict (id) do update set original_file_name = excluded.original_file_name, row_count = excluded.row_count,
      columns = excluded.columns, created_at = excluded.created_at, template_id = null, sender_id = null, is_valid = null
    where u.service_id = excluded.service_id`.execute(handle);
  return numAffectedRows === 1n;
}

export async function findUploadRow(
  handle: Handle,
  serviceId: string,
  id: string,
): Promise<UploadRow | undefined> {
  const { rows } = await sql<UploadRow>`
    select ${COLUMNS} from notify.bulk_uploads where id = ${id} and service_id = ${serviceId}`.execute(
    handle,
  );
  return rows[0];
}

export async function noteCheck(
  handle: Handle,
  check: { id: string; templateId: string; senderId: string | null; isValid: boolean },
): Promise<void> {
  await sql`
    update notify.bulk_uploads
    set template_id = ${check.templateId}, sender_id = ${check.senderId}, is_valid = ${check.isValid}
    where id = ${check.id}`.execute(handle);
}

/** Uploads that nothing was made of in their time; a page at a time. */
export async function findForgottenUploads(
  handle: Handle,
  before: Date,
  limit: number,
): Promise<{ id: string; service_id: string }[]> {
  const { rows } = await sql<{ id: string; service_id: string }>`
    select u.id, u.service_id from notify.bulk_uploads u
    where u.created_at < ${before} and not exists (select 1 from notify.bulk_sends b where b.id = u.id)
    order by u.created_at limit ${limit}`.execute(handle);
  return rows;
}

export async function deleteUploads(handle: Handle, ids: readonly string[]): Promise<void> {
  await sql`delete from notify.bulk_uploads where id = any(${[...ids]}::uuid[])`.execute(handle);
}

export interface ContactListRow {
  id: string;
  service_id: string;
  original_file_name: string;
  template_type: 'email' | 'sms';
  row_count: number;
  columns: string[];
  created_at: Date;
  created_by_name: string | null;
  has_jobs: boolean;
  recent_job_count: number;
}

export async function insertContactList(
  handle: Handle,
  list: Pick<
    ContactListRow,
    'id' | 'service_id' | 'original_file_name' | 'template_type' | 'row_count' | 'columns'
  > & {
    created_by_id: string | null;
    now: Date;
  },
): Promise<void> {
  await sql`
    insert into notify.contact_lists
      (id, service_id, original_file_name, template_type, row_count, columns, created_by_id, created_at)
    values (${list.id}, ${list.service_id}, ${list.original_file_name}, ${list.template_type}, ${list.row_count},
      ${list.columns}::text[], ${list.created_by_id}, ${list.now})
    on conflict (id) do nothing`.execute(handle);
}

/** Those that were not deleted, newest first; one of them with an id. */
export async function listContactListRows(
  handle: Handle,
  serviceId: string,
  options: { id?: string; now: Date },
): Promise<ContactListRow[]> {
  const { rows } = await sql<ContactListRow>`
    select c.id, c.service_id, c.original_file_name, c.template_type, c.row_count, c.columns, c.created_at,
      u.name as created_by_name,
      exists (select 1 from notify.bulk_sends b where b.contact_list_id = c.id) as has_jobs,
      (select count(*)::int from notify.bulk_sends b where b.contact_list_id = c.id and b.status <> 'cancelled'
        and coalesce(b.scheduled_for, b.created_at) >= ${options.now}::timestamptz
          - make_interval(days => coalesce(r.days_of_retention, 7))) as recent_job_count
    from notify.contact_lists c
      left join notify.users u on u.id = c.created_by_id
      left join notify.data_retention r on r.service_id = c.service_id and r.notification_type = c.template_type
    where c.service_id = ${serviceId} and not c.archived
      ${options.id === undefined ? sql`` : sql`and c.id = ${options.id}`}
    order by c.created_at desc, c.id`.execute(handle);
  return rows;
}

export async function archiveContactList(
  handle: Handle,
  list: { serviceId: string; id: string; now: Date },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.contact_lists set archived = true, updated_at = ${list.now}
    where id = ${list.id} and service_id = ${list.serviceId} and not archived`.execute(handle);
  return numAffectedRows === 1n;
}
