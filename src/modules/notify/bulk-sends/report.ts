import { londonOffsetMs } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { displayStatus } from '../internal-api/present-message.ts';
import { readCsv, uploadKey } from './bulk-files.ts';
import { type BulkSendRow, findBulkSend, listRowStatuses, type RowStatus } from './bulk-send-queries.ts';
import { BulkSendRefusal } from './bulk-sends.ts';
import { csvRecords, exportLine, trimFile } from './csv.ts';

const PAGE = 2_500;

/**
 * All rows of a bulk send with what became of them, in pieces. With the columns of the file as long as it is kept; a row
 * without a message yet has no status.
 */
export async function* reportBulkSend(
  ctx: NotifyContext,
  serviceId: string,
  id: string,
): AsyncGenerator<string> {
  const send = await findBulkSend(ctx.db.kysely, serviceId, id);
  if (!send) throw new BulkSendRefusal('not-found', 'There is no such bulk send');
  const csv = send.archived ? undefined : await readCsv(ctx, uploadKey(serviceId, id));
  const records = csv === undefined ? undefined : csvRecords(trimFile(csv));
  const columns: string[] = records?.next().value ?? [];
  yield exportLine([
    'Row number',
    ...columns,
    'Template',
    'Type',
    'Sent by',
    'Sent by email',
    'Job',
    'Status',
    'Time',
  ]);
  for (let from = 0; from < send.notification_count; from += PAGE) {
    const statuses = await listRowStatuses(ctx.db.kysely, { id, from, limit: PAGE });
    const byRow = new Map(statuses.map((status) => [status.job_row_number, status]));
    const last = Math.min(from + PAGE, send.notification_count);
    let piece = '';
    for (let row = from; row < last; row += 1) {
      const record: string[] = records?.next().value ?? [];
      const cells = columns.map((_, place) => record[place] ?? '');
      piece += exportLine([String(row + 1), ...cells, ...factsOf(send, byRow.get(row))]);
    }
    yield piece;
  }
}

function factsOf(send: BulkSendRow, row: RowStatus | undefined): string[] {
  return [
    send.template_name,
    send.template_type,
    send.created_by_name ?? '',
    send.created_by_email ?? '',
    send.original_file_name,
    row ? displayStatus({ notification_type: send.template_type, notification_status: row.status }) : '',
    row ? londonText(row.created_at) : '',
  ];
}

/** `2026-08-01 09:30:00` by London clocks. */
export function londonText(time: Date): string {
  return new Date(time.getTime() + londonOffsetMs(time.getTime()))
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ');
}
