import type { TaskRun } from '#platform/jobs';
import { deliveryStatusBody, queueCallbacks } from '../callbacks/queue-callbacks.ts';
import type { NotifyContext } from '../context.ts';
import { timeOutOldest } from './sweep-queries.ts';

const TIMEOUT_MS = 72 * 3_600_000;
/** Each batch is a transaction with its callbacks, so a run that dies goes on where it stopped. */
const BATCH = 5_000;

/** Nightly: 72 hours without a receipt make a temporary failure (public section 5.2). Letters never time out. */
export function timeOutSending(ctx: NotifyContext) {
  return async (run: Pick<TaskRun, 'signal'>): Promise<void> => {
    for (let count = BATCH; count === BATCH && !run.signal.aborted; ) {
      const now = ctx.clock.now();
      count = await ctx.db.kysely.transaction().execute(async (trx) => {
        const rows = await timeOutOldest(trx, {
          before: new Date(now.getTime() - TIMEOUT_MS),
          now,
          limit: BATCH,
        });
        await queueCallbacks(
          ctx,
          trx,
          'delivery_status',
          rows.map((row) => ({
            serviceId: row.service_id,
            aboutId: row.id,
            causedAt: now,
            correlationId: row.correlation_id,
            body: deliveryStatusBody(row),
          })),
        );
        await ctx.events.append(
          trx,
          rows.map((row) => ({
            name: 'notification.timed_out',
            correlationId: row.correlation_id,
            subjects: [row.id, row.service_id],
            properties: { type: row.notification_type },
          })),
        );
        for (const row of rows) ctx.metrics.timedOut.inc({ notification_type: row.notification_type });
        return rows.length;
      });
      ctx.log.info({ count }, 'Timeout period reached for notifications');
    }
  };
}
