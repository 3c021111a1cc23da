import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { StoredAttachment } from '../template-editing/template-edit-queries.ts';

export type AttachmentRow = StoredAttachment & { service_id: string };

export async function listAttachments(handle: Handle, ids: readonly string[]): Promise<AttachmentRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ attachment: AttachmentRow }>`
    select to_json(a) as attachment from notify.letter_attachments a where a.id = any(${[...ids]}::uuid[])`.execute(
    handle,
  );
  return rows.map(({ attachment }) => attachment);
}

/** Returns false when the id is taken. */
export async function insertAttachment(
  handle: Handle,
  attachment: {
    id: string;
    serviceId: string;
    filename: string;
    pageCount: number;
    createdById: string;
    now: Date;
  },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into notify.letter_attachments (id, service_id, original_filename, page_count, created_by_id, created_at)
    values (${attachment.id}, ${attachment.serviceId}, ${attachment.filename}, ${attachment.pageCount},
      ${attachment.createdById}, ${attachment.now})
    on conflict (id) do nothing`.execute(handle);
  return numAffectedRows === 1n;
}

/** Returns false when it was archived before. */
export async function archiveAttachmentRow(
  handle: Handle,
  id: string,
  archivedById: string,
  now: Date,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.letter_attachments set archived_at = ${now}, archived_by_id = ${archivedById}
    where id = ${id} and archived_at is null`.execute(handle);
  return numAffectedRows === 1n;
}

/** The letter template that has the attachment, with its service. */
export async function findTemplateWith(
  handle: Handle,
  attachmentId: string,
): Promise<{ id: string; service_id: string } | undefined> {
  const { rows } = await sql<{ id: string; service_id: string }>`
    select id, service_id from notify.templates where letter_attachment_id = ${attachmentId}`.execute(handle);
  return rows[0];
}

/** The service of a letter template that is in use. */
export async function findLetterTemplate(
  handle: Handle,
  id: string,
): Promise<{ service_id: string; letter_attachment_id: string | null } | undefined> {
  const { rows } = await sql<{ service_id: string; letter_attachment_id: string | null }>`
    select service_id, letter_attachment_id from notify.templates
    where id = ${id} and template_type = 'letter' and not hidden and not archived`.execute(handle);
  return rows[0];
}
