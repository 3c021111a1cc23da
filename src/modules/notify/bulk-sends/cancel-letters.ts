import type { NotifyContext } from '../context.ts';
import { dayOf } from '../limits/request-limits.ts';
import type { Status } from '../notifications/notification.ts';
import { lowerCounter } from '../printing/operate-letter-queries.ts';
import { isTooLateToCancel } from '../printing/operate-letters.ts';
import { cancelBulkLetters as cancelRows, findBulkSend, lockBulkLetters } from './bulk-send-queries.ts';
import { BulkSendRefusal } from './bulk-sends.ts';

/** Statuses that no letter of the bulk send may have left. */
const CANCELLABLE: ReadonlySet<Status> = new Set<Status>([
  'created',
  'cancelled',
  'virus-scan-failed',
  'validation-failed',
  'technical-failure',
  'pending-virus-check',
]);

/** All letters of a bulk send or none: internals section 3.4.8. Returns how many. */
export async function cancelBulkLetters(
  ctx: Pick<NotifyContext, 'db' | 'clock'>,
  serviceId: string,
  id: string,
): Promise<number> {
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const send = await findBulkSend(trx, serviceId, id);
    if (!send) throw new BulkSendRefusal('not-found', 'There is no such bulk send');
    if (send.template_type !== 'letter') {
      const message = 'Only letter jobs can be cancelled through this endpoint. This is not a letter job.';
      throw new BulkSendRefusal('not-letters', message);
    }
    const letters = await lockBulkLetters(trx, id);
    if (send.status !== 'finished all notifications created' || letters.length !== send.notification_count) {
      const message = 'We are still processing these letters, please try again in 5 minutes.';
      throw new BulkSendRefusal('still-processing', message);
    }
    const now = ctx.clock.now();
    const isLate =
      isTooLateToCancel(send.created_at, now) ||
      letters.some((letter) => !CANCELLABLE.has(letter.notification_status));
    if (isLate) {
      const message = 'It’s too late to cancel sending, these letters have already been sent.';
      throw new BulkSendRefusal('too-late', message);
    }
    // One that was cancelled by itself has been taken off already.
    const today = letters.filter(
      (letter) => letter.notification_status !== 'cancelled' && dayOf(letter.created_at) === dayOf(now),
    ).length;
    await lowerCounter(trx, { serviceId, channel: 'letter', day: dayOf(now), by: today });
    return cancelRows(trx, id, now);
  });
}
