import type { TaskRun } from '#platform/jobs';
import type { NotifyContext } from '../context.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { sendBuiltIn } from '../users/built-in-messages.ts';
import { BUILT_IN } from '../users/built-in-templates-data.ts';
import { findNewUsersForResearch, insertAlert } from './alert-queries.ts';

const DAY_MS = 86_400_000;
const OLDEST_DAYS = 16;
const YOUNGEST_DAYS = 9;

/** Each week, where it is switched on: asks people who began lately how it went, once each (internals section 5.5). */
export async function mailUserResearch(ctx: NotifyContext, run: Pick<TaskRun, 'signal'>): Promise<void> {
  if (!ctx.config.mailsUserResearch) return;
  const now = ctx.clock.now();
  const users = await findNewUsersForResearch(ctx.db.kysely, {
    from: new Date(now.getTime() - OLDEST_DAYS * DAY_MS),
    to: new Date(now.getTime() - YOUNGEST_DAYS * DAY_MS),
  });
  for (const user of users) {
    if (run.signal.aborted) return;
    // Operators of the console are users by their sign-in name, which may be no address.
    if (normaliseEmailAddress(user.email_address) === undefined) continue;
    await ctx.db.kysely.transaction().execute(async (trx) => {
      if (!(await insertAlert(trx, `user-research ${user.id}`, now))) return;
      await sendBuiltIn(ctx, trx, {
        templateId: BUILT_IN.userResearch,
        to: user.email_address,
        personalisation: { name: user.name },
        correlationId: `user-research-${user.id}`,
      });
    });
  }
}
