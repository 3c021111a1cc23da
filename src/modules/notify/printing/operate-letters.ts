// What people do to single letters: cancel them before they are printed, or have them printed again.
import type { Actor } from '#platform/auth';
import { addDays, londonDay, londonMinutes, londonTime } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { dayOf } from '../limits/request-limits.ts';
import type { Status } from '../notifications/notification.ts';
import { cancelOne, findCancellable, lowerCounter } from './operate-letter-queries.ts';
import { resetLetter } from './printing-queries.ts';

const DEADLINE = 17 * 60 + 30;

export type CancelResult =
  | { kind: 'cancelled' }
  | { kind: 'not-found' }
  | { kind: 'refused'; message: string };

/** Cancels a letter of a service that is not printed yet: internals section 3.4.9. */
export async function cancelLetter(
  ctx: Pick<NotifyContext, 'db' | 'clock'>,
  serviceId: string,
  id: string,
): Promise<CancelResult> {
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const letter = await findCancellable(trx, serviceId, id);
    if (!letter) return { kind: 'not-found' };
    const now = ctx.clock.now();
    if (letter.notification_type !== 'letter') {
      return refused('Notification cannot be cancelled - only letters can be cancelled');
    }
    if (isTooLateToCancel(letter.created_at, now)) {
      return refused(
        `It’s too late to cancel this letter. Printing started ${printingDay(letter.created_at, now)} at 5.30pm`,
      );
    }
    if (letter.notification_status === 'cancelled') {
      return refused('This letter has already been cancelled.');
    }
    if (!isCancellable(letter.notification_status)) {
      const createdAt = letter.created_at.toISOString().replace('T', ' ').slice(0, 19);
      return refused(
        `We could not cancel this letter. Letter status: ${letter.notification_status}, created_at: ${createdAt}`,
      );
    }
    await cancelOne(trx, id, now);
    if (letter.key_type !== 'test' && dayOf(letter.created_at) === dayOf(now)) {
      await lowerCounter(trx, { serviceId, channel: 'letter', day: dayOf(now), by: 1 });
    }
    return { kind: 'cancelled' };
  });
}

function refused(message: string): CancelResult {
  return { kind: 'refused', message };
}

export function isCancellable(status: Status): boolean {
  return status === 'created' || status === 'pending-virus-check';
}

/** All by London clocks: from 17:30 on for what was made until then, or a day after it was made. */
export function isTooLateToCancel(createdAt: Date, now: Date): boolean {
  const today = londonDay(now);
  if (now.getTime() - createdAt.getTime() > 24 * 3_600_000) return true;
  if (londonMinutes(now) >= DEADLINE && createdAt <= londonTime(today, DEADLINE)) return true;
  return londonDay(createdAt) < today && londonMinutes(createdAt) < DEADLINE;
}

function printingDay(createdAt: Date, now: Date): string {
  const madeOn = londonDay(createdAt);
  const day = londonMinutes(createdAt) < DEADLINE ? madeOn : addDays(madeOn, 1);
  if (day >= londonDay(now)) return 'today';
  const date = new Date(`${day}T00:00:00Z`);
  const month = date.toLocaleDateString('en-GB', { month: 'long', timeZone: 'UTC' });
  return `on ${date.getUTCDate()} ${month}`;
}

/**
 * Has a letter printed again that failed or got stuck: it is `created` once more and goes with the next print run.
 * Nothing else about it changes. Returns false for a letter in any other status, or past retention.
 */
export async function printLetterAgain(
  ctx: Pick<NotifyContext, 'db' | 'clock' | 'audit'>,
  id: string,
  actor: Actor,
): Promise<boolean> {
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const isReset = await resetLetter(trx, id, ctx.clock.now());
    if (isReset) await ctx.audit(trx, { actor, action: 'letter.reset', target: `notification:${id}` });
    return isReset;
  });
}
