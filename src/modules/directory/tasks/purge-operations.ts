import { SIGNALS } from '../alarms/alarm-rules.ts';
import { purgeSignals } from '../alarms/signals.ts';
import type { DirectoryContext } from '../context.ts';
import { deleteOldEmails } from '../emails/email-queries.ts';
import { deleteOldInjectedMessages } from '../injection/injection-queries.ts';
import { deleteForgottenEvents } from '../intake/received-event-queries.ts';
import { deleteOldBegunCalls } from '../outside-calls/begun-call-queries.ts';
import { settleAbandonedRejections } from '../sync/abandoned-rejections.ts';

const DAY_MS = 86_400_000;
const EMAILS_KEPT_MS = 90 * DAY_MS;
/** What no queue of the original kept any longer (5.2). */
const MESSAGES_KEPT_MS = 14 * DAY_MS;

/** Forgets what surrounds the pipeline when it is past its time, and settles what was left undone. */
export async function purgeOperations(ctx: DirectoryContext): Promise<void> {
  const handle = ctx.db.kysely;
  const now = ctx.clock.now();
  const before = (keptMs: number): Date => new Date(now.getTime() - keptMs);
  await purgeSignals(handle, now);
  await deleteOldInjectedMessages(handle, before(DAY_MS));
  await deleteOldEmails(handle, before(EMAILS_KEPT_MS));
  await deleteOldBegunCalls(handle, before(MESSAGES_KEPT_MS));
  const forgotten = await deleteForgottenEvents(handle, before(MESSAGES_KEPT_MS));
  if (forgotten > 0) {
    ctx.signals.count('shared', SIGNALS.changeEventForgotten, forgotten);
    ctx.log.error({ events: forgotten }, 'accepted change events were never processed and are past 14 days');
  }
  // Last, because it needs DoS, which may be away.
  await settleAbandonedRejections(ctx);
}
