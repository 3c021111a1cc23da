import type { Handle } from '#platform/db';
import { deleteOldFailures } from '../accounts/account-queries.ts';
import { deleteOldCodes } from '../accounts/code-queries.ts';
import { deleteOldAttempts } from '../accounts/federation-queries.ts';
import { eraseAccount } from '../accounts/profile.ts';
import { deleteEndedSessions } from '../callers/caller-queries.ts';
import { deleteOldContactMessages } from '../contact/contact-queries.ts';
import type { ListsContext } from '../context.ts';
import { listsEvent } from '../events.ts';
import { deleteOldLookups } from '../lookup/lookup-queries.ts';
import { deleteOldMails } from '../mail/outbox-queries.ts';
import { deleteUnusedPictures } from '../pictures/picture.ts';
import { deleteEndedWindows } from '../policy/rate-limit-queries.ts';
import {
  deleteExpired,
  deleteUnconfirmed,
  markWarned,
  pseudonymiseGuests,
  selectInactiveUsers,
} from './task-queries.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MOST_AT_ONCE = 200;

/** Forgets what is past its time: spec section 4.8. */
export async function retain(ctx: ListsContext): Promise<void> {
  const now = ctx.clock.now();
  const before = (ms: number) => new Date(now.getTime() - ms);
  const monthsBefore = (months: number) => {
    const date = new Date(now);
    date.setUTCMonth(date.getUTCMonth() - months);
    return date;
  };
  const { kysely } = ctx.db;
  await deleteOldCodes(kysely, before(DAY_MS));
  await deleteOldAttempts(kysely, before(HOUR_MS));
  await deleteOldFailures(kysely, before(DAY_MS));
  await deleteEndedWindows(kysely, now);
  await deleteOldLookups(kysely, before(DAY_MS));
  await deleteOldMails(kysely, before(30 * DAY_MS));
  await deleteExpired(kysely, { hour: before(HOUR_MS), day: before(DAY_MS), month24: monthsBefore(24) });
  const counts = {
    sessions: await deleteEndedSessions(kysely, before(30 * DAY_MS)),
    unconfirmed: await deleteUnconfirmed(kysely, before(7 * DAY_MS)),
    pictures: await deleteUnusedPictures(ctx),
    contact: await deleteOldContactMessages(kysely, monthsBefore(24)),
    guests: await pseudonymiseGuests(kysely, monthsBefore(24)),
    ...(ctx.config.retentionErase ? await retireAccounts(ctx, monthsBefore) : { warned: 0, erased: 0 }),
  };
  await ctx.events.append(kysely, [listsEvent('lists.retained', null, [], counts)]);
}

/** A warning after 23 months, and the end a month after it. */
async function retireAccounts(ctx: ListsContext, monthsBefore: (months: number) => Date) {
  const now = ctx.clock.now();
  const { kysely } = ctx.db;
  const unwarned = await selectInactiveUsers(kysely, monthsBefore(23), {
    warnedBefore: null,
    limit: MOST_AT_ONCE,
  });
  for (const user of unwarned) {
    await kysely.transaction().execute(async (trx: Handle) => {
      await markWarned(trx, user.id, now);
      await ctx.courier.send(trx, [
        {
          template: 'inactive-warning',
          to: user.email,
          key: user.id,
          variables: { name: user.name ?? user.email },
          correlationId: null,
        },
      ]);
    });
  }
  const due = await selectInactiveUsers(kysely, monthsBefore(24), {
    warnedBefore: monthsBefore(1),
    limit: MOST_AT_ONCE,
  });
  for (const user of due) await eraseAccount(ctx, user.id, null);
  return { warned: unwarned.length, erased: due.length };
}
