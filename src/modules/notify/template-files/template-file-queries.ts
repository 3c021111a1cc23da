import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface TemplateFileRow {
  id: string;
  template_id: string;
  template_version: number;
  filename: string;
  link_text: string | null;
  retention_period: number;
  validate_users_email: boolean;
  pending: boolean;
  archived_at: Date | null;
  archived_by_id: string | null;
  created_by_id: string | null;
  version: number;
  created_at: Date;
  updated_at: Date | null;
}

const COLUMNS =
  sql.raw(`id, template_id, template_version, filename, link_text, retention_period, validate_users_email,
  pending, archived_at, archived_by_id, created_by_id, version, created_at, updated_at`);

/** Files of a template that are not archived; with those that are not part of it yet where `pending`. */
export async function listTemplateFiles(
  handle: Handle,
  templateId: string,
  options: { pending: boolean },
): Promise<TemplateFileRow[]> {
  const { rows } = await sql<TemplateFileRow>`
    select ${COLUMNS} from notify.template_email_files
    where template_id = ${templateId} and archived_at is null and (not pending or ${options.pending})
    order by created_at, id`.execute(handle);
  return rows;
}

/** What a version of a template came with: of each file its newest state until then, unless that is archived. */
export async function listFilesOfVersion(
  handle: Handle,
  templateId: string,
  version: number,
): Promise<TemplateFileRow[]> {
  const { rows } = await sql<TemplateFileRow>`
    select ${COLUMNS} from (
      select distinct on (id) ${COLUMNS} from notify.template_email_files_history
      where template_id = ${templateId} and template_version <= ${version} and not pending
      order by id, template_version desc, version desc
    ) as newest
    where archived_at is null order by created_at, id`.execute(handle);
  return rows;
}

export async function findTemplateFile(
  handle: Handle,
  templateId: string,
  id: string,
): Promise<TemplateFileRow | undefined> {
  const { rows } = await sql<TemplateFileRow>`
    select ${COLUMNS} from notify.template_email_files
    where id = ${id} and template_id = ${templateId} for update`.execute(handle);
  return rows[0];
}

/** Writes a file's state and keeps it in the history under its version. */
export async function writeTemplateFile(handle: Handle, file: TemplateFileRow): Promise<void> {
  const row = sql`
    select ${COLUMNS} from json_to_record(${JSON.stringify(file)}::json) as f(id uuid, template_id uuid,
      template_version int, filename text, link_text text, retention_period int, validate_users_email boolean,
      pending boolean, archived_at timestamptz, archived_by_id uuid, created_by_id uuid, version int,
      created_at timestamptz, updated_at timestamptz)`;
  await sql`
    insert into notify.template_email_files (${COLUMNS}) ${row}
    on conflict (id) do update set template_version = excluded.template_version, filename = excluded.filename,
      link_text = excluded.link_text, retention_period = excluded.retention_period,
      validate_users_email = excluded.validate_users_email, pending = excluded.pending,
      archived_at = excluded.archived_at, archived_by_id = excluded.archived_by_id, version = excluded.version,
      updated_at = excluded.updated_at`.execute(handle);
  await sql`
    insert into notify.template_email_files_history (${COLUMNS}) ${row} on conflict (id, version) do nothing`.execute(
    handle,
  );
}

/** Files that nobody made part of their template in time. */
export async function findForgottenFiles(handle: Handle, before: Date): Promise<TemplateFileRow[]> {
  const { rows } = await sql<TemplateFileRow>`
    select ${COLUMNS} from notify.template_email_files
    where pending and archived_at is null and created_at < ${before} order by id limit 1000 for update skip locked`.execute(
    handle,
  );
  return rows;
}

/** Files archived in a window, with their service; a page at a time by id. */
export async function findArchivedFiles(
  handle: Handle,
  page: { from: Date; to: Date; afterId: string; limit: number },
): Promise<{ id: string; service_id: string }[]> {
  const { rows } = await sql<{ id: string; service_id: string }>`
    select f.id, t.service_id from notify.template_email_files f join notify.templates t on t.id = f.template_id
    where f.archived_at >= ${page.from} and f.archived_at < ${page.to} and f.id > ${page.afterId}::uuid
    order by f.id limit ${page.limit}`.execute(handle);
  return rows;
}
