import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { NotificationType } from '../services/service.ts';

/** One version of a template with what its editors see: internals section 3.3. */
export interface EditableTemplate {
  id: string;
  service_id: string;
  version: number;
  template_type: NotificationType;
  name: string;
  content: string;
  subject: string | null;
  postage: string | null;
  archived: boolean;
  hidden: boolean;
  has_unsubscribe_link: boolean;
  letter_contact_id: string | null;
  created_by: string;
  created_by_id: string | null;
  created_by_name: string | null;
  created_at: Date;
  updated_at: Date | null;
  folder_id: string | null;
  redact_personalisation: boolean;
  /** Of letters; null reads as `english`. */
  letter_languages: string | null;
  letter_welsh_subject: string | null;
  letter_welsh_content: string | null;
  letter_attachment_id: string | null;
  /** Printed after the letter. */
  letter_attachment: StoredAttachment | null;
  /** What an email links to; the newest version has those that are not part of it yet, too. */
  email_files: StoredEmailFile[];
}

/** Times as PostgreSQL writes them in JSON. */
export interface StoredAttachment {
  id: string;
  original_filename: string;
  page_count: number;
  created_by_id: string | null;
  created_at: string;
  archived_at: string | null;
  archived_by_id: string | null;
}

export interface StoredEmailFile {
  id: string;
  filename: string;
  link_text: string | null;
  retention_period: number;
  validate_users_email: boolean;
  pending: boolean;
}

const LANGUAGES = sql`t.letter_languages, t.letter_welsh_subject, t.letter_welsh_content, t.letter_attachment_id,
  (select to_json(a) from notify.letter_attachments a where a.id = t.letter_attachment_id) as letter_attachment`;
const FILE = sql`json_agg(json_build_object('id', f.id, 'filename', f.filename, 'link_text', f.link_text,
  'retention_period', f.retention_period, 'validate_users_email', f.validate_users_email, 'pending', f.pending)
  order by f.created_at, f.id)`;

const NEWEST = sql`t.id, t.service_id, t.version, t.template_type, t.name, t.content, t.subject, t.postage, t.archived,
  t.hidden, t.has_unsubscribe_link, t.letter_contact_id, t.created_by, t.created_by_id, u.name as created_by_name,
  t.created_at, t.updated_at, t.folder_id, t.redact_personalisation, ${LANGUAGES},
  coalesce((
    select ${FILE} from notify.template_email_files f where f.template_id = t.id and f.archived_at is null
  ), '[]') as email_files`;
const FORMER = sql`t.id, t.service_id, t.version, t.template_type, t.name, t.content, t.subject, t.postage, t.archived,
  t.hidden, t.has_unsubscribe_link, t.letter_contact_id, t.created_by, t.created_by_id, u.name as created_by_name,
  t.created_at, t.updated_at, null::uuid as folder_id, false as redact_personalisation, ${LANGUAGES},
  coalesce((
    select ${FILE} from (
      select distinct on (h.id) h.* from notify.template_email_files_history h
      where h.template_id = t.id and h.template_version <= t.version and not h.pending
      order by h.id, h.template_version desc, h.version desc
    ) f where f.archived_at is null
  ), '[]') as email_files`;

/** Hidden ones are not found. */
export async function findEditable(
  handle: Handle,
  serviceId: string,
  id: string,
  lock = false,
): Promise<EditableTemplate | undefined> {
  const { rows } = await sql<EditableTemplate>`
    select ${NEWEST} from notify.templates t left join notify.users u on u.id = t.created_by_id
    where t.id = ${id} and t.service_id = ${serviceId} and not t.hidden ${lock ? sql`for update of t` : sql``}`.execute(
    handle,
  );
  return rows[0];
}

/** Neither archived nor hidden, by name and channel. */
export async function listEditable(handle: Handle, serviceId: string): Promise<EditableTemplate[]> {
  const { rows } = await sql<EditableTemplate>`
    select ${NEWEST} from notify.templates t left join notify.users u on u.id = t.created_by_id
    where t.service_id = ${serviceId} and not t.archived and not t.hidden
    order by t.name, t.template_type, t.id`.execute(handle);
  return rows;
}

export async function findFormerVersion(
  handle: Handle,
  serviceId: string,
  id: string,
  version: number,
): Promise<EditableTemplate | undefined> {
  const { rows } = await sql<EditableTemplate>`
    select ${FORMER} from notify.templates_history t left join notify.users u on u.id = t.created_by_id
    where t.id = ${id} and t.service_id = ${serviceId} and t.version = ${version} and not t.hidden`.execute(
    handle,
  );
  return rows[0];
}

/** Newest first. */
export async function listFormerVersions(
  handle: Handle,
  serviceId: string,
  id: string,
): Promise<EditableTemplate[]> {
  const { rows } = await sql<EditableTemplate>`
    select ${FORMER} from notify.templates_history t left join notify.users u on u.id = t.created_by_id
    where t.id = ${id} and t.service_id = ${serviceId} and not t.hidden order by t.version desc`.execute(
    handle,
  );
  return rows;
}

export type TemplateVersion = Omit<
  EditableTemplate,
  'created_by_name' | 'redact_personalisation' | 'letter_attachment' | 'email_files'
>;

/** Writes the newest version and its history; false when another editor was faster. */
export async function saveVersion(handle: Handle, template: TemplateVersion): Promise<boolean> {
  const columns = sql.raw(
    `id, version, service_id, template_type, name, content, subject, postage, archived, hidden, letter_contact_id,
     has_unsubscribe_link, created_by, created_by_id, created_at, updated_at, letter_languages, letter_welsh_subject,
     letter_welsh_content, letter_attachment_id`,
  );
  const { numAffectedRows } = await sql`
    with given as (
      select * from json_populate_record(null::notify.templates, ${JSON.stringify(template)}::json)
    ), newest as (
      insert into notify.templates as t (${columns}, folder_id, redact_personalisation)
      select ${columns}, folder_id, false from given
      on conflict (id) do update set version = excluded.version, name = excluded.name, content = excluded.content,
        subject = excluded.subject, postage = excluded.postage, archived = excluded.archived,
        letter_contact_id = excluded.letter_contact_id, has_unsubscribe_link = excluded.has_unsubscribe_link,
        created_by = excluded.created_by, created_by_id = excluded.created_by_id, updated_at = excluded.updated_at,
        folder_id = excluded.folder_id, letter_languages = excluded.letter_languages,
        letter_welsh_subject = excluded.letter_welsh_subject, letter_welsh_content = excluded.letter_welsh_content,
        letter_attachment_id = excluded.letter_attachment_id
        where t.service_id = excluded.service_id and t.version = excluded.version - 1
      returning t.id
    )
    insert into notify.templates_history (${columns})
    select ${columns} from given where exists (select 1 from newest)`.execute(handle);
  return numAffectedRows === 1n;
}

/** Once hidden, what was sent stays hidden. */
export async function redactTemplate(handle: Handle, serviceId: string, id: string): Promise<void> {
  await sql`
    update notify.templates set redact_personalisation = true where id = ${id} and service_id = ${serviceId}`.execute(
    handle,
  );
}

export async function hasLetterContact(handle: Handle, serviceId: string, id: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from notify.letter_contacts where id = ${id} and service_id = ${serviceId} and not archived`.execute(
    handle,
  );
  return rows.length > 0;
}
