// Files of recipients that the admin website put into its bucket become uploads of ours: internals section 3.4.8.
import { readUuid } from '../auth/uuid-text.ts';
import {
  type BulkSend,
  BulkSendRefusal,
  type BulkSends,
  type NewBulkSend,
} from '../bulk-sends/bulk-sends.ts';
import { noteCheck } from '../bulk-sends/upload-queries.ts';
import type { NotifyContext } from '../context.ts';
import { csvKey, readWebsiteFile } from './website-buckets.ts';

/** How often two calls for one file may come between each other before one of them gives up. */
const MOST_ATTEMPTS = 3;

/**
 * A bulk send of an upload of ours or of the website. Calls for the same file at once make one bulk send, which all of
 * them answer with.
 */
export async function createBulkSend(
  ctx: NotifyContext,
  bulkSends: BulkSends,
  request: NewBulkSend,
): Promise<BulkSend> {
  const of = { serviceId: request.serviceId, id: request.uploadId };
  for (let attempt = 1; ; attempt += 1) {
    try {
      await importCsv(ctx, bulkSends, of);
      return await bulkSends.create(request);
    } catch (error) {
      // Another call has stored the file once more, or made the bulk send, after this one looked.
      const isRace =
        error instanceof BulkSendRefusal &&
        !(error instanceof UncheckedFile) &&
        ['not-valid', 'upload-not-found'].includes(error.code);
      if (!isRace || attempt >= MOST_ATTEMPTS) throw error;
    }
  }
}

/** The website has found faults in the file. */
class UncheckedFile extends BulkSendRefusal {
  constructor() {
    super('not-valid', "File is not valid, can't create job");
  }
}

/**
 * Makes an upload of the file with this id unless there is one that was checked, with the website's word that every row
 * was. Does nothing where the bucket has no such file; a repeated call comes to the same.
 */
async function importCsv(
  ctx: NotifyContext,
  bulkSends: BulkSends,
  { serviceId, id }: { serviceId: string; id: string },
): Promise<void> {
  if ((await bulkSends.find(serviceId, id)) || (await bulkSends.findUpload(serviceId, id))?.checked) return;
  const file = await readWebsiteFile(ctx.websiteBuckets.csvUploads, csvKey(serviceId, id));
  if (!file) return;
  const { original_file_name: fileName, template_id: template, sender_id: sender, valid } = file.metadata;
  if (valid !== 'True') throw new UncheckedFile();
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
