import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { NotificationType } from './service.ts';

/** One version of a template. */
export interface TemplateRow {
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
  letter_contact_block: string | null;
  /** Of letters; null reads as `english`. */
  letter_languages: string | null;
  letter_welsh_subject: string | null;
  letter_welsh_content: string | null;
  letter_attachment_id: string | null;
  created_by: string;
  created_at: Date;
  updated_at: Date | null;
}

const columns = (alias: string) =>
  sql`${sql.raw(
    [
      'id',
      'service_id',
      'version',
      'template_type',
      'name',
      'content',
      'subject',
      'postage',
      'archived',
      'hidden',
      'has_unsubscribe_link',
      'created_by',
      'created_at',
      'updated_at',
      'letter_languages',
      'letter_welsh_subject',
      'letter_welsh_content',
      'letter_attachment_id',
    ]
      .map((column) => `${alias}.${column}`)
      .join(', '),
  )}, c.contact_block as letter_contact_block`;

export async function findTemplate(
  handle: Handle,
  serviceId: string,
  id: string,
): Promise<TemplateRow | undefined> {
  const { rows } = await sql<TemplateRow>`
    select ${columns('t')} from notify.templates t left join notify.letter_contacts c on c.id = t.letter_contact_id
    where t.id = ${id} and t.service_id = ${serviceId}`.execute(handle);
  return rows[0];
}

export async function findTemplateVersion(
  handle: Handle,
  serviceId: string,
  id: string,
  version: number,
): Promise<TemplateRow | undefined> {
  const { rows } = await sql<TemplateRow>`
    select ${columns('t')} from notify.templates_history t
      left join notify.letter_contacts c on c.id = t.letter_contact_id
    where t.id = ${id} and t.version = ${version} and t.service_id = ${serviceId}`.execute(handle);
  return rows[0];
}

/** The versions that a page of notifications was made from. */
export async function findTemplateVersions(
  handle: Handle,
  versions: { id: string; version: number }[],
): Promise<TemplateRow[]> {
  if (versions.length === 0) return [];
  const { rows } = await sql<TemplateRow>`
    select ${columns('t')}
    from json_to_recordset(${JSON.stringify(versions)}::json) as wanted(id uuid, version int)
      join notify.templates_history t on t.id = wanted.id and t.version = wanted.version
      left join notify.letter_contacts c on c.id = t.letter_contact_id`.execute(handle);
  return rows;
}

/** Neither archived nor hidden, by name and type. */
export async function listTemplates(
  handle: Handle,
  serviceId: string,
  type: string | undefined,
): Promise<TemplateRow[]> {
  const { rows } = await sql<TemplateRow>`
    select ${columns('t')} from notify.templates t left join notify.letter_contacts c on c.id = t.letter_contact_id
    where t.service_id = ${serviceId} and not t.archived and not t.hidden
      and (${type ?? null}::text is null or t.template_type = ${type ?? null})
    order by t.name, t.template_type, t.id`.execute(handle);
  return rows;
}
