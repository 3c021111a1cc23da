// Messages of test keys: nothing leaves, and a receipt comes in the way the chosen provider's would (internals section 6.9).
import { randomUUID } from 'node:crypto';
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import type { NotifyContext } from '../context.ts';
import { acceptReceipts } from '../receipts/accept-receipts.ts';
import { testKeyOutcome } from '../recipients/simulated-recipients.ts';
import type { NotificationPayload, ReceiptPayload } from '../tasks/definitions.ts';
import { beginAttempts, type DeliverableRow, recordAttempts } from './delivery-queries.ts';

/** The run of `notify.deliver_test`. */
export function deliverTest(ctx: NotifyContext) {
  return async (jobs: Job<NotificationPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    const plans = await Promise.all(
      jobs.map(async (job) => ({
        id: job.payload.id,
        email: 'ses',
        domestic: await ctx.providerChoice.choose('sms', false),
        international: await ctx.providerChoice.choose('sms', true),
      })),
    );
    const now = ctx.clock.now();
    await ctx.db.kysely.transaction().execute(async (trx) => {
      const rows = await beginAttempts(trx, plans, now);
      const sent = rows.map((row) => simulate(row, now));
      await recordAttempts(
        trx,
        sent.map(({ outcome }) => outcome),
        now,
      );
      await acceptReceipts(
        ctx,
        trx,
        sent.flatMap(({ receipts }) => receipts),
      );
      await run.complete(
        trx,
        jobs.map((job) => job.id),
      );
    });
    return jobs.map((job) => ({ id: job.id, status: 'completed' }));
  };
}

function simulate(row: DeliverableRow, now: Date) {
  const isSms = row.notification_type === 'sms';
  const reference = isSms ? null : randomUUID();
  const provider = isSms ? row.attempt_provider : 'ses';
  const result = testKeyOutcome(isSms ? 'sms' : 'email', row.recipient);
  const common = {
    provider,
    reference: reference ?? row.id,
    receivedAt: now.toISOString(),
    sentAt: now.toISOString(),
  };
  return {
    outcome: {
      id: row.id,
      send_attempts: row.send_attempts,
      status: isSms && row.international ? ('sent' as const) : ('sending' as const),
      sent_at: now,
      sent_by: provider,
      reference,
      // Counted when the receipt comes (public section 6.14).
      billable_units: null,
      is_unknown: false,
    },
    receipts: receiptsOf(provider, result).map((codes) => ({ ...common, ...codes })),
  };
}

type Codes = Pick<ReceiptPayload, 'status' | 'detail'>;

/** The codes each provider would report an outcome with. */
function receiptsOf(provider: string, result: ReturnType<typeof testKeyOutcome>): Codes[] {
  if (provider === 'ses') {
    if (result === 'delivered') return [{ status: 'Delivery' }];
    return [{ status: 'Bounce', detail: result === 'permanent-failure' ? 'Permanent' : 'Transient' }];
  }
  if (provider === 'firetext') {
    if (result === 'delivered') return [{ status: '0' }];
    if (result === 'permanent-failure') return [{ status: '1' }];
    return [{ status: '2' }, { status: '1', detail: '102' }];
  }
  if (provider === 'mmg') {
    return [{ status: { delivered: '3', 'permanent-failure': '5', 'temporary-failure': '4' }[result] }];
  }
  return [{ status: result }];
}
