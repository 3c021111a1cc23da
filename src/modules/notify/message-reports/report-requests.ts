// Reports of a service's messages as a file, made in the background: internals section 6.13.
import { randomUUID } from 'node:crypto';
import type { Handle } from '#platform/db';
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import { exportLine } from '../bulk-sends/csv.ts';
import { londonText } from '../bulk-sends/report.ts';
import type { NotifyContext } from '../context.ts';
import { displayStatus } from '../internal-api/present-message.ts';
import type { Status } from '../notifications/notification.ts';
import { cutOffOf } from '../retention/archive-notifications.ts';
import { listRetentions } from '../retention/other-retention-queries.ts';
import { DEFAULT_RETENTION_DAYS } from '../retention/retention-queries.ts';
import { NOTIFICATION_TYPES, type NotificationType } from '../services/service.ts';
import { type NotificationPayload, processReportTask } from '../tasks/definitions.ts';
import { reportPlace } from './report-file.ts';
import {
  changeReportStatus,
  findOpenRequest,
  findReportRequest,
  insertReportRequest,
  listReportedPage,
  lockWishes,
  type ReportedRow,
  type ReportRequestRow,
} from './report-request-queries.ts';

const PAGE = 2_500;
const DUPLICATE_MS = 30 * 60_000;
const HEADER = [
  'Recipient',
  'Reference',
  'Template',
  'Type',
  'Sent by',
  'Sent by email',
  'Job',
  'Status',
  'Time',
  'API key name',
];

const FAILURES: readonly Status[] = [
  'failed',
  'permanent-failure',
  'technical-failure',
  'temporary-failure',
  'validation-failed',
  'virus-scan-failed',
  // The old word `failed` stands for returned letters too, so they are in two groups.
  'returned-letter',
];
const GROUPS: Readonly<Record<string, readonly Status[]>> = {
  sending: ['created', 'pending', 'pending-virus-check', 'sending'],
  delivered: ['delivered', 'returned-letter', 'sent'],
  failed: FAILURES,
};

export interface ReportWish {
  serviceId: string;
  userId: string;
  notificationType?: NotificationType;
  notificationStatus?: 'all' | 'sending' | 'delivered' | 'failed';
}

/** A request for a report, or the one that the same person made a moment ago; says which. */
export async function requestReport(
  ctx: Pick<NotifyContext, 'db' | 'jobs' | 'clock'>,
  wish: ReportWish,
): Promise<{ request: ReportRequestRow; isNew: boolean }> {
  const now = ctx.clock.now();
  const { serviceId, userId, notificationType, notificationStatus } = wish;
  const parameter = {
    ...(notificationType === undefined ? {} : { notification_type: notificationType }),
    ...(notificationStatus === undefined ? {} : { notification_status: notificationStatus }),
  };
  return ctx.db.kysely.transaction().execute(async (trx) => {
    await lockWishes(trx, userId);
    const since = new Date(now.getTime() - DUPLICATE_MS);
    const open = await findOpenRequest(trx, { userId, serviceId, parameter, since });
    if (open) return { request: open, isNew: false };
    const id = randomUUID();
    await insertReportRequest(trx, { id, userId, serviceId, parameter, now });
    await ctx.jobs.enqueue(trx, processReportTask, [{ payload: { id }, key: serviceId }]);
    const request = await findReportRequest(trx, id);
    if (!request) throw new Error('What was just written is gone');
    return { request, isNew: true };
  });
}

/** The run of `notify.process_report_request`; a run that dies is begun again from the top, and replaces the file. */
export function processReports(ctx: NotifyContext) {
  return async (jobs: Job<NotificationPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    for (const { payload } of jobs) {
      const { kysely } = ctx.db;
      const request = await findReportRequest(kysely, payload.id);
      if (!request || !['pending', 'in progress'].includes(request.status)) continue;
      const open = ['pending', 'in progress'];
      await changeReportStatus(kysely, {
        id: request.id,
        from: open,
        to: 'in progress',
        now: ctx.clock.now(),
      });
      const { store, key } = reportPlace(ctx, request.id);
      await store.put(key, piecesOf(ctx, request, run.signal), {
        contentType: 'text/csv',
      });
      await changeReportStatus(kysely, { id: request.id, from: open, to: 'stored', now: ctx.clock.now() });
    }
    return jobs.map((job) => ({ id: job.id, status: 'completed' }));
  };
}

export function giveUpReport(ctx: NotifyContext) {
  return async (trx: Handle, job: Job<NotificationPayload>): Promise<void> => {
    const from = ['pending', 'in progress'];
    await changeReportStatus(trx, { id: job.payload.id, from, to: 'failed', now: ctx.clock.now() });
  };
}

async function* piecesOf(
  ctx: NotifyContext,
  request: ReportRequestRow,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { notification_type: type, notification_status: group } = request.parameter;
  const types = type === undefined ? NOTIFICATION_TYPES : [type];
  const since = await oldestKept(ctx, request.service_id, types);
  yield Buffer.from(exportLine(HEADER));
  let after: { createdAt: string; id: string } | undefined;
  for (;;) {
    signal.throwIfAborted();
    const statuses = group === undefined ? undefined : GROUPS[group];
    const serviceId = request.service_id;
    const rows = await listReportedPage(ctx.db.kysely, {
      serviceId,
      types,
      statuses,
      since,
      after,
      limit: PAGE,
    });
    yield Buffer.from(rows.map(lineOf).join(''));
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = { createdAt: last.created_at_text, id: last.id };
  }
}

async function oldestKept(
  ctx: NotifyContext,
  serviceId: string,
  types: readonly NotificationType[],
): Promise<Date> {
  const own = (await listRetentions(ctx.db.kysely)).filter(
    (one) => one.service_id === serviceId && types.includes(one.notification_type),
  );
  return cutOffOf(ctx.clock.now(), Math.max(DEFAULT_RETENTION_DAYS, ...own.map(({ days }) => days)));
}

function lineOf(row: ReportedRow): string {
  const [recipient = ''] = row.recipient.split('\n');
  return exportLine([
    recipient.replace(/[ ,]+$/, ''),
    row.client_reference ?? '',
    row.template_name ?? '',
    row.notification_type,
    row.created_by_name ?? '',
    row.created_by_email ?? '',
    row.job_name ?? '',
    displayStatus(row),
    londonText(row.created_at),
    row.api_key_name ?? '',
  ]);
}
