// Files of recipients that the admin website put into its bucket become uploads of ours: internals section 3.4.8.
import { readUuid } from '../auth/uuid-text.ts';
import { BulkSendRefusal, type BulkSends } from '../bulk-sends/bulk-sends.ts';
import { noteCheck } from '../bulk-sends/upload-queries.ts';
import type { NotifyContext } from '../context.ts';
import { csvKey, readWebsiteFile } from './website-buckets.ts';

/**
 * Makes an upload of the file with this id unless there is one, with the website's word that every row was checked.
 * Does nothing where the bucket has no such file; a repeated call comes to the same.
 */
export async function importCsv(
  ctx: NotifyContext,
  bulkSends: BulkSends,
  of: { serviceId: string; id: string },
): Promise<void> {
  const { serviceId, id } = of;
  if (await bulkSends.findUpload(serviceId, id)) return;
  const file = await readWebsiteFile(ctx.websiteBuckets.csvUploads, csvKey(serviceId, id));
  if (!file) return;
  const { original_file_name: fileName, template_id: template, sender_id: sender, valid } = file.metadata;
  if (valid !== 'True') throw new BulkSendRefusal('not-valid', "File is not valid, can't create job");
  const templateId = readUuid(template);
  if (templateId === undefined) throw new BulkSendRefusal('template-not-found', 'Template not found');
  await bulkSends.upload({ serviceId, id, fileName: fileName ?? `${id}.csv`, content: file.content });
  await noteCheck(ctx.db.kysely, { id, templateId, senderId: readUuid(sender) ?? null, isValid: true });
}

/** The same for the file of a contact list, which no template has been chosen for. */
export async function importContactList(
  ctx: NotifyContext,
  bulkSends: BulkSends,
  of: { serviceId: string; id: string; fileName: string },
): Promise<void> {
  const { serviceId, id, fileName } = of;
  if (await bulkSends.findUpload(serviceId, id)) return;
  const file = await readWebsiteFile(ctx.websiteBuckets.contactLists, csvKey(serviceId, id));
  if (file) await bulkSends.upload({ serviceId, id, fileName, content: file.content });
}
