// Rows become messages: internals sections 6.2 and 6.3. Each page is one transaction with its messages, their jobs and
// the place to go on from, so a worker that dies loses nothing and repeats nothing; a row can be a message once only.
import type { Handle } from '#platform/db';
import type { Job, JobFailure, JobOutcome, TaskRun } from '#platform/jobs';
import type { NotifyContext } from '../context.ts';
import { reserveMessages } from '../limits/limit-queries.ts';
import { dayOf } from '../limits/request-limits.ts';
import { commitTogether } from '../notifications/accept.ts';
import { insertFinalNotifications } from '../notifications/accept-queries.ts';
import { firstTask } from '../sending/send-context.ts';
import type { Service } from '../services/service.ts';
import type { TemplateRow } from '../services/template-queries.ts';
import { keyOf } from '../services/templates.ts';
import type { NotificationPayload } from '../tasks/definitions.ts';
import type { TemplateFileRow } from '../template-files/template-file-queries.ts';
import { attachTemplateFiles, filesOfVersion } from '../template-files/template-files.ts';
import { readCsv, uploadKey } from './bulk-files.ts';
import { type BulkSendRow, findBulkSendById } from './bulk-send-queries.ts';
import { changeBulkStatus, completeBulkSends, moveNextRow } from './processing-queries.ts';
import { openRecipientFile } from './recipient-file.ts';
import { type CheckedRow, createRowChecker } from './row-check.ts';
import { toNotification } from './row-notification.ts';
import { rulesOf } from './sending-rules.ts';

const PAGE_ROWS = 500;
/** After that long a bulk send goes to the end of the queue, and those of other services have their turn. */
const TURN_MS = 10_000;

/** The run of `notify.process_job`. */
export function processBulkSends(ctx: NotifyContext) {
  return async (jobs: Job<NotificationPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    const outcomes: JobOutcome[] = [];
    for (const job of jobs) {
      const isDone = await processOne(ctx, job.payload.id, run.signal);
      outcomes.push({ id: job.id, status: isDone ? 'completed' : 'postponed' });
    }
    return outcomes;
  };
}

/** A bulk send that cannot be processed is shown as such; nothing of what was made is taken back. */
export function giveUpBulkSend(ctx: NotifyContext) {
  return async (trx: Handle, job: Job<NotificationPayload>, failure: JobFailure): Promise<void> => {
    const { id } = job.payload;
    await changeBulkStatus(trx, { id, from: ['pending', 'in progress'], to: 'error', now: ctx.clock.now() });
    ctx.log.error({ bulkSendId: id, cause: failure.cause }, 'bulk send could not be processed');
  };
}

/** Returns false when there is more to do in another turn. */
async function processOne(ctx: NotifyContext, id: string, signal: AbortSignal): Promise<boolean> {
  const send = await begin(ctx, id);
  if (!send) return true;
  const material = await materialOf(ctx, send);
  if (!material) {
    const now = ctx.clock.now();
    await changeBulkStatus(ctx.db.kysely, { id, from: ['in progress'], to: 'error', now });
    ctx.log.error({ bulkSendId: id }, 'the file or template of a bulk send is gone');
    return true;
  }
  const started = performance.now();
  let page: CheckedRow[] = [];
  let next = send.next_row;
  for (const row of material.rowsFrom(send.next_row)) {
    page.push(row);
    if (page.length < PAGE_ROWS) continue;
    if (!(await writePage(ctx, send, material, page, next))) return false;
    next += page.length;
    page = [];
    if (signal.aborted || performance.now() - started > TURN_MS) return false;
  }
  if (page.length > 0 && !(await writePage(ctx, send, material, page, next))) return false;
  await finish(ctx, send);
  return true;
}

/** The bulk send that is to be worked on; undefined for one that has ended, or ends here. */
async function begin(ctx: NotifyContext, id: string): Promise<BulkSendRow | undefined> {
  const { kysely } = ctx.db;
  const send = await findBulkSendById(kysely, id);
  if (!send || !['pending', 'in progress', 'error'].includes(send.status)) return undefined;
  const now = ctx.clock.now();
  const service = await ctx.services.get(send.service_id);
  if (!service?.isActive) {
    await changeBulkStatus(kysely, { id, from: ['pending', 'in progress', 'error'], to: 'cancelled', now });
    return undefined;
  }
  if (send.status === 'in progress') return send;
  const isStarted = send.processing_started !== null;
  if (send.status === 'error' && isStarted) {
    await changeBulkStatus(kysely, { id, from: ['error'], to: 'in progress', now });
    return { ...send, status: 'in progress' };
  }
  // One that waited so long that it was taken for stuck has not been counted yet.
  const isWithinLimit = await kysely.transaction().execute(async (trx) => {
    if (!(await changeBulkStatus(trx, { id, from: ['pending', 'error'], to: 'in progress', now })))
      return true;
    if (await reserve(ctx, trx, send, service)) return true;
    await changeBulkStatus(trx, { id, from: ['in progress'], to: 'sending limits exceeded', now });
    return false;
  });
  if (isWithinLimit) {
    ctx.log.info({ bulkSendId: id, rows: send.notification_count }, 'bulk send begins');
    return { ...send, status: 'in progress' };
  }
  ctx.log.warn({ bulkSendId: id, rows: send.notification_count }, 'Sending limits exceeded: no row is sent');
  return undefined;
}

/** All rows count towards the day that the bulk send began on, before the first is made; or none does. */
async function reserve(
  ctx: NotifyContext,
  trx: Handle,
  send: BulkSendRow,
  service: Service,
): Promise<boolean> {
  const most = ctx.config.isDailyLimited ? service.limits[send.template_type] : Number.MAX_SAFE_INTEGER;
  const counting = {
    service_id: send.service_id,
    channel: send.template_type,
    day: dayOf(ctx.clock.now()),
    messages: send.notification_count,
    most,
  };
  return reserveMessages(trx, counting);
}

interface Material {
  template: TemplateRow;
  files: TemplateFileRow[];
  rowsFrom(first: number): Generator<CheckedRow>;
}

async function materialOf(ctx: NotifyContext, send: BulkSendRow): Promise<Material | undefined> {
  const csv = await readCsv(ctx, uploadKey(send.service_id, send.id));
  const version = { template_id: send.template_id, template_version: send.template_version };
  const template = (await ctx.templates.versionsOf([version])).get(keyOf(version))?.row;
  const service = await ctx.services.get(send.service_id);
  if (csv === undefined || !template || !service) return undefined;
  const file = openRecipientFile(csv, send.template_type);
  const files = await filesOfVersion(ctx, template);
  const fileNames = files.map(({ filename }) => filename);
  const checker = createRowChecker({
    template,
    rules: rulesOf(service),
    file,
    fileNames,
    skipsContent: true,
  });
  return {
    template,
    files,
    *rowsFrom(first) {
      for (const row of file.rows()) if (row.row >= first) yield checker.check(row);
    },
  };
}

/** Returns false when another worker has the bulk send, or somebody ended it. */
async function writePage(
  ctx: NotifyContext,
  send: BulkSendRow,
  { template, files }: Material,
  page: readonly CheckedRow[],
  from: number,
): Promise<boolean> {
  await attachFilesToRows(ctx, send, files, page);
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const moved = { id: send.id, from, to: from + page.length, now: ctx.clock.now() };
    if (!(await moveNextRow(trx, moved))) return false;
    await writeRows(ctx, trx, send, template, page);
    return true;
  });
}

/** Each recipient has a copy of the template's files; a page that is written again makes further copies, which expire. */
async function attachFilesToRows(
  ctx: NotifyContext,
  send: BulkSendRow,
  files: readonly TemplateFileRow[],
  page: readonly CheckedRow[],
): Promise<void> {
  if (files.length === 0) return;
  for (const row of page) {
    if (row.error || row.recipient === null) continue;
    const email = { personalisation: row.personalisation, recipient: row.recipient };
    row.personalisation = await attachTemplateFiles(ctx, { id: send.service_id }, files, email);
  }
}

/** Messages and the jobs that take them their first step. A row that is a message already is passed over. */
async function writeRows(
  ctx: NotifyContext,
  trx: Handle,
  send: BulkSendRow,
  template: TemplateRow,
  rows: readonly CheckedRow[],
): Promise<void> {
  const task = firstTask(send.service_id, 'normal', send.template_type);
  const made = rows.map((row) => toNotification(ctx, send, template, row));
  const sendable = made.filter(({ status }) => status === 'created');
  await commitTogether(
    trx,
    ctx.jobs,
    task,
    sendable.map((notification) => ({ notification, task, counts: [] })),
  );
  const refused = made.filter(({ status }) => status !== 'created');
  if (refused.length > 0) await insertFinalNotifications(trx, refused);
}

async function finish(ctx: NotifyContext, send: BulkSendRow): Promise<void> {
  const now = ctx.clock.now();
  const { kysely } = ctx.db;
  await changeBulkStatus(kysely, { id: send.id, from: ['in progress'], to: 'finished', now });
  const window = { finishedSince: new Date(0), finishedBefore: now, now, id: send.id };
  await completeBulkSends(kysely, window);
  await ctx.events.append(kysely, [
    {
      name: 'bulk_send.finished',
      correlationId: send.correlation_id,
      subjects: [send.id, send.service_id],
      properties: { type: send.template_type, rows: send.notification_count },
    },
  ]);
  ctx.log.info({ bulkSendId: send.id, rows: send.notification_count }, 'bulk send finished');
}

/** Makes messages of single rows that have none; returns how many rows of the file were among `rows`. */
export async function processRows(ctx: NotifyContext, id: string, rows: readonly number[]): Promise<number> {
  const send = await findBulkSendById(ctx.db.kysely, id);
  const material = send && (await materialOf(ctx, send));
  if (!send || !material) return 0;
  const wanted = new Set(rows);
  const found = [...material.rowsFrom(Math.min(...rows))].filter(({ row }) => wanted.has(row));
  for (let place = 0; place < found.length; place += PAGE_ROWS) {
    const page = found.slice(place, place + PAGE_ROWS);
    await attachFilesToRows(ctx, send, material.files, page);
    await ctx.db.kysely.transaction().execute((trx) => writeRows(ctx, trx, send, material.template, page));
  }
  return found.length;
}
