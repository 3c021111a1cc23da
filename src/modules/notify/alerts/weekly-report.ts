// Reports for single customers: a query of the installation's own settings, its answer as a CSV file, and a mail with the
// link to it (internals sections 5.5 and 11).
import { exportLine } from '../bulk-sends/csv.ts';
import { londonDay } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { createNotifyFace } from '../face/face.ts';
import { NOTIFY_SERVICE_ID } from '../notifications/notification.ts';
import { insertAlert, isAlertRaised, runReportQuery } from './alert-queries.ts';

export interface WeeklyReport {
  /** Reads the schema `notify`, in a transaction that can change nothing. */
  query: string;
  subject: string;
  recipients: readonly string[];
}

const RETENTION_WEEKS = 4;

/** Where the report is set; once a day however often it runs. */
export async function sendWeeklyReport(ctx: NotifyContext, name: string): Promise<void> {
  const report = ctx.config.reports[name];
  if (!report) return;
  const now = ctx.clock.now();
  const day = londonDay(now);
  const { columns, rows } = await runReportQuery(ctx.db.kysely, report.query);
  const csv = [columns, ...rows.map((row) => columns.map((column) => textOf(row[column])))]
    .map(exportLine)
    .join('');
  const face = createNotifyFace(ctx);
  for (const to of report.recipients) {
    const key = `${name} ${day} ${to}`;
    if (await isAlertRaised(ctx.db.kysely, key)) continue;
    const stored = await ctx.documents.store(
      {
        base64: Buffer.from(csv).toString('base64'),
        filename: `${name}-${day}.csv`,
        isCsv: true,
        confirmsEmail: true,
        retentionWeeks: RETENTION_WEEKS,
      },
      { serviceId: NOTIFY_SERVICE_ID, recipient: to },
    );
    if ('problem' in stored) throw new Error(`The file of ${name} cannot be sent: ${stored.problem.message}`);
    await face.sendEmail({
      // Two runs at once make two files and one mail; the other file expires.
      idempotencyKey: `report ${key}`,
      to,
      subject: `${report.subject} ${day}`,
      body: `The report has ${rows.length} rows.\n\n${stored.url}`,
      correlationId: `${name}-${day}`,
    });
    await insertAlert(ctx.db.kysely, key, now);
  }
  ctx.log.info({ report: name, rows: rows.length }, 'report sent');
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
