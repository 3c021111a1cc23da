// Reports of providers become statuses: public sections 5.3, 6.12 and 6.13, internals sections 6.6 and 6.8.
import { randomUUID } from 'node:crypto';
import { type Handle, isConnectionFailure } from '#platform/db';
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import { readUuid } from '../auth/uuid-text.ts';
import { deliveryStatusBody, queueCallbacks } from '../callbacks/queue-callbacks.ts';
import type { NotifyContext } from '../context.ts';
import { countInternational } from '../delivery/deliver.ts';
import { renderStoredSms } from '../delivery/sms-out.ts';
import type { Status } from '../notifications/notification.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { reasonOf } from '../providers/provider.ts';
import { reportsDelivery } from '../recipients/phone-number.ts';
import type { ReceiptPayload } from '../tasks/definitions.ts';
import {
  changeArchived,
  changeStatuses,
  findArchivedEmail,
  insertComplaint,
  lockEmails,
  lockTexts,
  type ReceiptTarget,
  type StatusChange,
} from './receipt-queries.ts';

const OPEN_FOR_SMS: ReadonlySet<Status> = new Set<Status>([
  'created',
  'sending',
  'pending',
  'sent',
  'pending-virus-check',
]);
const OPEN_FOR_EMAIL: ReadonlySet<Status> = new Set<Status>(['sending', 'pending']);
/** A report that overtook our own note of the message's reference is tried again this long. */
const OVERTAKEN_MS = 300_000;
const RETRY_MS = 300_000;

type ReceiptJob = Job<ReceiptPayload>;

/** The run of `notify.process_receipt`: one transaction for the batch, or for each report where one of them cannot be taken. */
export function processReceipts(ctx: NotifyContext) {
  const processTogether = processIn(ctx);
  return async (jobs: ReceiptJob[], run: TaskRun): Promise<JobOutcome[]> => {
    try {
      return await processTogether(jobs, run);
    } catch (error) {
      if (jobs.length === 1 || isConnectionFailure(error)) throw error;
      const outcomes: JobOutcome[] = [];
      for (const job of jobs) {
        const alone = processTogether([job], run);
        outcomes.push(
          ...(await alone.catch((fault) => [{ id: job.id, status: 'failed' as const, error: fault }])),
        );
      }
      return outcomes;
    }
  };
}

function processIn(ctx: NotifyContext) {
  return async (jobs: ReceiptJob[], run: TaskRun): Promise<JobOutcome[]> => {
    const texts = jobs.filter((job) => job.payload.provider !== 'ses');
    const emails = jobs.filter((job) => job.payload.provider === 'ses');
    const postponed = await ctx.db.kysely.transaction().execute(async (trx) => {
      if (texts.length > 0) await processTexts(ctx, trx, texts);
      const early = emails.length > 0 ? await processEmails(ctx, trx, emails) : new Set<string>();
      const done = jobs.filter((job) => !early.has(job.id)).map((job) => job.id);
      if (done.length > 0) await run.complete(trx, done);
      return early;
    });
    return jobs.map((job) =>
      postponed.has(job.id)
        ? { id: job.id, status: 'postponed', delayMs: RETRY_MS }
        : { id: job.id, status: 'completed' },
    );
  };
}

async function processTexts(ctx: NotifyContext, trx: Handle, jobs: ReceiptJob[]): Promise<void> {
  const known = jobs.filter((job) => {
    if (readUuid(job.payload.reference) !== undefined) return true;
    ctx.log.error({ provider: job.payload.provider }, 'receipt reference is not a notification id');
    return false;
  });
  const targets = await lockTexts(
    trx,
    known.map((job) => readUuid(job.payload.reference) ?? ''),
  );
  const rows = new Map(targets.map((row) => [row.id, row]));
  const changes: Changed[] = [];
  for (const job of known) {
    const row = rows.get(readUuid(job.payload.reference) ?? '');
    if (!row) {
      ctx.log.warn({ provider: job.payload.provider }, 'receipt for an unknown or archived text message');
      continue;
    }
    const status = textStatus(ctx, row, job.payload);
    if (status === undefined) continue;
    const units = row.billable_units === 0 ? await countFragments(ctx, row) : row.billable_units;
    row.notification_status = status;
    row.billable_units = units;
    row.updated_at = ctx.clock.now();
    changes.push({ row, receipt: job.payload, status });
  }
  await applyChanges(ctx, trx, changes);
}

interface Changed {
  row: ReceiptTarget;
  receipt: ReceiptPayload;
  status: Status;
}

/** The status a report leads to; undefined when it changes nothing. */
function textStatus(ctx: NotifyContext, row: ReceiptTarget, receipt: ReceiptPayload): Status | undefined {
  const provider = ctx.providers.get(receipt.provider);
  if (provider?.channel !== 'sms') {
    ctx.log.error({ provider: receipt.provider }, 'receipt of a provider that is not configured');
    return undefined;
  }
  const facts = { notificationId: row.id, provider: receipt.provider, providerStatus: receipt.status };
  if (!OPEN_FOR_SMS.has(row.notification_status)) {
    ctx.log.info(
      { ...facts, storedStatus: row.notification_status, keyType: row.key_type },
      'duplicate receipt',
    );
    return undefined;
  }
  if (row.international && row.key_type !== 'test' && !reportsDelivery(row.phone_prefix ?? '')) {
    ctx.log.info(facts, 'receipt ignored: the country reports no deliveries');
    return undefined;
  }
  const report = {
    status: receipt.status,
    ...(receipt.detail === undefined ? {} : { detail: receipt.detail }),
  };
  const mapped = provider.mapReceipt(report, row.notification_status);
  if (mapped === undefined) ctx.log.error(facts, 'receipt status is unknown');
  ctx.log.info(
    { ...facts, mappedStatus: mapped, detailCode: receipt.detail, detail: provider.explainDetail(report) },
    'provider receipt processed',
  );
  const status = mapped ?? 'technical-failure';
  return status === 'pending' && row.notification_status === 'pending' ? undefined : status;
}

async function countFragments(ctx: NotifyContext, row: ReceiptTarget): Promise<number> {
  const service = await ctx.services.get(row.service_id);
  const templates = await ctx.templates.versionsOf([row]);
  if (!service) return 0;
  try {
    return renderStoredSms(ctx, row, service, templates)?.fragments ?? 0;
  } catch (error) {
    // Its report is true all the same, and those beside it are about messages of others.
    ctx.log.error({ notificationId: row.id, reason: reasonOf(error) }, 'message cannot be made');
    return 0;
  }
}

/** Returns the jobs whose message is not known yet but may be in a moment. */
async function processEmails(ctx: NotifyContext, trx: Handle, jobs: ReceiptJob[]): Promise<Set<string>> {
  const targets = await lockEmails(
    trx,
    jobs.map((job) => job.payload.reference),
  );
  const rows = new Map(targets.map((row) => [row.reference, row]));
  const early = new Set<string>();
  const changes: Changed[] = [];
  for (const job of jobs) {
    const row = rows.get(job.payload.reference);
    if (!row) {
      if (await isEarly(ctx, trx, job.payload)) early.add(job.id);
      continue;
    }
    if (job.payload.status === 'Complaint') {
      await recordComplaint(ctx, trx, row, job.payload);
      continue;
    }
    const status = emailStatus(job.payload);
    const facts = { notificationId: row.id, provider: 'ses', providerStatus: job.payload.status };
    if (status === undefined) ctx.log.error(facts, 'receipt status is unknown');
    else if (!OPEN_FOR_EMAIL.has(row.notification_status)) {
      ctx.log.info(
        { ...facts, storedStatus: row.notification_status, newStatus: status },
        'duplicate receipt',
      );
    } else {
      ctx.log.info(
        { ...facts, mappedStatus: status, detailCode: job.payload.detail },
        'provider receipt processed',
      );
      row.notification_status = status;
      row.updated_at = ctx.clock.now();
      changes.push({ row, receipt: job.payload, status });
    }
  }
  await applyChanges(ctx, trx, changes);
  return early;
}

/** SES: Delivery, or a bounce that is permanent or not (public section 6.13). */
function emailStatus(receipt: ReceiptPayload): Status | undefined {
  if (receipt.status === 'Delivery') return 'delivered';
  if (receipt.status !== 'Bounce') return undefined;
  return receipt.detail === 'Permanent' ? 'permanent-failure' : 'temporary-failure';
}

async function isEarly(ctx: NotifyContext, trx: Handle, receipt: ReceiptPayload): Promise<boolean> {
  const now = ctx.clock.now();
  if (receipt.status === 'Complaint') {
    const archived = await findArchivedEmail(trx, receipt.reference);
    if (archived) {
      // The provider knows the address and we do not keep it: the service is told which message it was about.
      await recordComplaint(ctx, trx, { ...archived, recipient: '', correlation_id: null }, receipt);
      return false;
    }
  }
  const status = emailStatus(receipt);
  if (status && (await changeArchived(trx, { reference: receipt.reference, status, updatedAt: now })))
    return false;
  const sentAt = Date.parse(receipt.sentAt ?? '');
  const isRecent = now.getTime() - sentAt < OVERTAKEN_MS;
  ctx.log[isRecent ? 'info' : 'warn'](
    { provider: 'ses', reference: receipt.reference, providerStatus: receipt.status },
    'receipt for an unknown message',
  );
  return isRecent;
}

async function recordComplaint(
  ctx: NotifyContext,
  trx: Handle,
  row: Pick<ReceiptTarget, 'id' | 'service_id' | 'client_reference' | 'recipient' | 'correlation_id'>,
  receipt: ReceiptPayload,
): Promise<void> {
  const now = ctx.clock.now();
  const id = randomUUID();
  const complaintDate = readTime(receipt.deliveredAt) ?? now;
  const isNew = await insertComplaint(trx, {
    id,
    notification_id: row.id,
    service_id: row.service_id,
    ses_feedback_id: receipt.feedbackId ?? null,
    complaint_type: receipt.detail ?? null,
    complaint_date: complaintDate,
    created_at: now,
  });
  if (!isNew) return;
  const body = {
    notification_id: row.id,
    complaint_id: id,
    reference: row.client_reference,
    to: row.recipient,
    complaint_date: timestamp(complaintDate),
  };
  await queueCallbacks(ctx, trx, 'complaint', [
    { serviceId: row.service_id, aboutId: id, causedAt: now, correlationId: row.correlation_id, body },
  ]);
}

/** Writes statuses, tells services of those that are final or new to them, and the register of all. */
async function applyChanges(ctx: NotifyContext, trx: Handle, changes: Changed[]): Promise<void> {
  if (changes.length === 0) return;
  // Of several reports on one message the last one stands.
  const last = new Map(changes.map((change) => [change.row.id, toStatusChange(change)]));
  await changeStatuses(trx, [...last.values()]);
  const told = changes.filter(({ status }) => status !== 'pending');
  await queueCallbacks(
    ctx,
    trx,
    'delivery_status',
    told.map(({ row, receipt, status }) => ({
      serviceId: row.service_id,
      aboutId: row.id,
      causedAt: readTime(receipt.receivedAt) ?? ctx.clock.now(),
      correlationId: row.correlation_id,
      body: deliveryStatusBody({ ...row, notification_status: status }),
    })),
  );
  for (const { row, receipt, status } of changes) observe(ctx, row, receipt, status);
  await ctx.events.append(
    trx,
    changes.map(({ row, receipt, status }) => ({
      name: `notification.${status}`,
      correlationId: row.correlation_id,
      subjects: [row.id, row.service_id],
      properties: { type: row.notification_type, key_type: row.key_type, provider: receipt.provider },
    })),
  );
}

function toStatusChange({ row, receipt, status }: Changed): StatusChange {
  return {
    id: row.id,
    status,
    sent_by: receipt.provider,
    billable_units: row.billable_units,
    updated_at: row.updated_at ?? new Date(),
  };
}

function observe(ctx: NotifyContext, row: ReceiptTarget, receipt: ReceiptPayload, status: Status): void {
  const labels = {
    key_type: row.key_type,
    notification_status: status,
    notification_type: row.notification_type,
    provider_name: receipt.provider,
    notification_sms_international: String(row.international),
  };
  const secondsUntil = (time: Date) => Math.max((time.getTime() - row.created_at.getTime()) / 1_000, 0);
  const received = readTime(receipt.receivedAt);
  if (received) ctx.metrics.receiptDuration.observe(labels, secondsUntil(received));
  const delivered = readTime(receipt.deliveredAt);
  if (delivered) ctx.metrics.deliverDuration.observe(labels, secondsUntil(delivered));
  if (row.notification_type === 'sms' && row.international) countInternational(ctx, status, row.phone_prefix);
}

function readTime(text: string | undefined): Date | undefined {
  const time = new Date(text ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}
