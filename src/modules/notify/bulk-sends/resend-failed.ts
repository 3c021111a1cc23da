import { randomUUID } from 'node:crypto';
import type { NotifyContext } from '../context.ts';
import type { Status } from '../notifications/notification.ts';
import { filesOfVersion } from '../template-files/template-files.ts';
import { putCsv, readCsv, uploadKey } from './bulk-files.ts';
import {
  type BulkSendRow,
  countByStatus,
  findBulkSend,
  findResendOf,
  insertBulkSend,
  listFailedRows,
} from './bulk-send-queries.ts';
import { BulkSendRefusal, type ResendRequest } from './bulk-sends.ts';
import { csvLine, csvRecords, trimFile } from './csv.ts';
import { changeBulkStatus } from './processing-queries.ts';
import { columnsLacking } from './row-check.ts';
import { queueProcessing } from './sweeps.ts';
import { insertUpload } from './upload-queries.ts';

const FAILED: readonly Status[] = [
  'technical-failure',
  'temporary-failure',
  'permanent-failure',
  'validation-failed',
  'virus-scan-failed',
  'failed',
];
const UNSETTLED: ReadonlySet<string> = new Set(['created', 'sending', 'pending', 'pending-virus-check']);

/**
 * Sends the failed rows of a bulk send once more, as a bulk send of their own under the newest version of the template.
 * Asked twice, also at the same moment, there is one: the second call finds the first, and starts it again if its day had
 * no room for it. Nothing that arrived is sent again.
 */
export async function resendFailed(ctx: NotifyContext, request: ResendRequest): Promise<BulkSendRow> {
  const { kysely } = ctx.db;
  const first = await findBulkSend(kysely, request.serviceId, request.id);
  if (!first) throw new BulkSendRefusal('not-found', 'There is no such bulk send');
  const known = await findResendOf(kysely, first.id);
  if (known) return known.status === 'sending limits exceeded' ? startAgain(ctx, known) : known;
  await checkSettled(ctx, first);
  const rows = await listFailedRows(kysely, first.id, FAILED);
  if (rows.length === 0)
    throw new BulkSendRefusal('nothing-failed', 'No message of this bulk send has failed');
  const csv = await readCsv(ctx, uploadKey(first.service_id, first.id));
  if (csv === undefined) throw new BulkSendRefusal('file-gone', 'The file is not kept any more');
  const template = await ctx.templates.latest(first.service_id, first.template_id);
  if (!template || template.row.archived) {
    throw new BulkSendRefusal('template-deleted', 'Template has been deleted');
  }

  const { lines, columns } = pickRows(csv, rows);
  const fileNames = (await filesOfVersion(ctx, template.row)).map(({ filename }) => filename);
  const lacking = columnsLacking(template.row, fileNames, columns);
  if (lacking.length > 0) {
    const message = `The template has changed: the file has no column for ${lacking.join(', ')}`;
    throw new BulkSendRefusal('not-valid', message);
  }

  const id = randomUUID();
  const now = ctx.clock.now();
  await putCsv(ctx, uploadKey(first.service_id, id), lines);
  const isMade = await kysely.transaction().execute(async (trx) => {
    const upload = { id, service_id: first.service_id, original_file_name: first.original_file_name };
    await insertUpload(trx, { ...upload, row_count: rows.length, columns, created_at: now });
    const send = {
      ...upload,
      template_id: first.template_id,
      template_version: template.row.version,
      template_type: first.template_type,
      notification_count: rows.length,
      sender_id: first.sender_id,
      sender_text: first.sender_text,
      status: 'pending' as const,
      scheduled_for: null,
      contact_list_id: null,
      resend_of_id: first.id,
      created_by_id: request.createdById,
      correlation_id: request.correlationId ?? null,
      created_at: now,
    };
    if (!(await insertBulkSend(trx, send))) return false;
    await queueProcessing(ctx, trx, [send]);
    return true;
  });
  // Another call was faster; the upload of this one is forgotten with the next night.
  const made = isMade
    ? await findBulkSend(kysely, first.service_id, id)
    : await findResendOf(kysely, first.id);
  if (!made) throw new Error('What was just written is gone');
  return made;
}

/** A day had no room for it, so none of its rows is a message: another may have. Asked twice, it starts once. */
async function startAgain(ctx: NotifyContext, resend: BulkSendRow): Promise<BulkSendRow> {
  const { id, service_id: serviceId } = resend;
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const change = { id, from: ['sending limits exceeded'] as const, to: 'pending' as const };
    if (await changeBulkStatus(trx, { ...change, now: ctx.clock.now() })) {
      await queueProcessing(ctx, trx, [resend]);
    }
  });
  return (await findBulkSend(ctx.db.kysely, serviceId, id)) ?? resend;
}

async function checkSettled(ctx: NotifyContext, send: BulkSendRow): Promise<void> {
  const counts = await countByStatus(ctx.db.kysely, [send.id]);
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const isUnsettled = counts.some(({ status }) => UNSETTLED.has(status));
  if (
    send.status === 'finished all notifications created' &&
    !isUnsettled &&
    total === send.notification_count
  ) {
    return;
  }
  throw new BulkSendRefusal(
    'still-sending',
    'Messages of this bulk send are still on their way; try again later',
  );
}

/** Header and chosen rows of a file, as they stand there. */
function pickRows(csv: string, rows: readonly number[]): { lines: string; columns: string[] } {
  const wanted = new Set(rows);
  let columns: string[] = [];
  let lines = '';
  let row = -1;
  for (const record of csvRecords(trimFile(csv))) {
    if (row === -1) columns = record;
    if (row === -1 || wanted.has(row)) lines += csvLine(record);
    row += 1;
  }
  return { lines, columns: columns.filter((name) => name.trim() !== '') };
}
