// PDFs that are printed after a templated letter: internals section 3.4.7.
import type { NotifyContext } from '../context.ts';
import { readBlob } from '../letter-production/letter-files.ts';
import { findServiceRecord } from '../service-settings/service-record-queries.ts';
import { changeTemplate } from '../template-editing/edit-template.ts';
import type { UserRow } from '../users/user-queries.ts';
import { pdfKey, readWebsiteBytes } from '../website-files/website-buckets.ts';
import {
  type AttachmentRow,
  archiveAttachmentRow,
  findLetterTemplate,
  findTemplateWith,
  insertAttachment,
  listAttachments,
} from './attachment-queries.ts';

/** Why there is no attachment now, as the website knows it. */
export class AttachmentRefusal extends Error {
  readonly status: number;

  constructor(
    status: number,
    message:
      | 'template-not-found'
      | 'template-already-has-attachment'
      | 'letter-attachment-already-archived'
      | 'No result found',
  ) {
    super(message);
    this.name = 'AttachmentRefusal';
    this.status = status;
  }
}

function attachmentKey(serviceId: string, id: string): string {
  return `notify/letter-attachments/${serviceId}/${id}.pdf`;
}

export interface NewAttachment {
  id: string;
  templateId: string;
  filename: string;
  pageCount: number;
  creator: UserRow;
}

/** Makes an uploaded PDF part of a letter template, as its next version. */
export async function attachToTemplate(
  ctx: NotifyContext,
  attachment: NewAttachment,
): Promise<AttachmentRow> {
  const { kysely } = ctx.db;
  const { id, templateId, creator } = attachment;
  const template = await findLetterTemplate(kysely, templateId);
  const service = template && (await findServiceRecord(kysely, template.service_id));
  if (!template || !service) throw new AttachmentRefusal(404, 'template-not-found');
  if (template.letter_attachment_id !== null) {
    throw new AttachmentRefusal(400, 'template-already-has-attachment');
  }
  const pdf = await readWebsiteBytes(ctx.websiteBuckets.letterAttachments, pdfKey(service.id, id));
  if (!pdf) throw new AttachmentRefusal(404, 'No result found');
  // The bytes before the row that promises them.
  await ctx.blobs.put(attachmentKey(service.id, id), pdf, { contentType: 'application/pdf' });
  const { filename, pageCount } = attachment;
  const isNew = await insertAttachment(kysely, {
    id,
    serviceId: service.id,
    filename,
    pageCount,
    createdById: creator.id,
    now: ctx.clock.now(),
  });
  const [row] = await listAttachments(kysely, [id]);
  // The id of another service's attachment, or of one that was taken away.
  if (!row || row.service_id !== service.id || (!isNew && row.archived_at !== null)) {
    throw new AttachmentRefusal(404, 'No result found');
  }
  await changeTemplate(ctx, service, templateId, { letterAttachmentId: id }, creator);
  return row;
}

/** Takes an attachment off its template, as the template's next version; letters made before keep it. */
export async function archiveAttachment(
  ctx: NotifyContext,
  attachment: AttachmentRow,
  archivedBy: UserRow,
): Promise<void> {
  const { kysely } = ctx.db;
  const template = await findTemplateWith(kysely, attachment.id);
  const service = template && (await findServiceRecord(kysely, template.service_id));
  // The template first: an attachment that is archived belongs to none, whenever this is cut short.
  if (template && service) {
    await changeTemplate(ctx, service, template.id, { letterAttachmentId: null }, archivedBy);
  }
  if (!(await archiveAttachmentRow(kysely, attachment.id, archivedBy.id, ctx.clock.now()))) {
    throw new AttachmentRefusal(400, 'letter-attachment-already-archived');
  }
}

/** The bytes that are printed after a letter; undefined for a letter without. Rejects when they are gone. */
export async function readAttachment(
  ctx: Pick<NotifyContext, 'blobs'>,
  template: { service_id: string; letter_attachment_id: string | null },
): Promise<Buffer | undefined> {
  const { service_id: serviceId, letter_attachment_id: id } = template;
  if (id === null) return undefined;
  const pdf = await readBlob(ctx.blobs, attachmentKey(serviceId, id));
  if (!pdf) throw new Error(`Attachment ${id} of a letter template is not in the store`);
  return pdf;
}
