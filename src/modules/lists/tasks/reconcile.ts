import type { ListsContext } from '../context.ts';
import { listsEvent } from '../events.ts';
import { selectOutboxState } from '../mail/outbox-queries.ts';
import { upsertMark } from '../policy/settings-queries.ts';
import { sendAlert } from './alert-not-found.ts';
import { selectViolations } from './task-queries.ts';

const MOST_REPORTED = 1_000;
const OUTBOX_LATE_MS = 15 * 60_000;

/** Reports what does not agree, and changes nothing (spec section 4.5). */
export async function reconcile(ctx: ListsContext): Promise<void> {
  const violations = await selectViolations(ctx.db.kysely, MOST_REPORTED);
  const now = ctx.clock.now();
  await upsertMark(ctx.db.kysely, 'reconcile', { violations: violations.length }, now);
  await ctx.events.append(ctx.db.kysely, [
    listsEvent('lists.reconciled', null, [], { violations: violations.length }),
    ...violations.map(({ list_id, product_id, ...counts }) =>
      listsEvent('gift.counters_wrong', null, [list_id, product_id], counts),
    ),
  ]);
  const outbox = await selectOutboxState(ctx.db.kysely);
  const oldest = outbox.oldest_waiting_at?.getTime() ?? now.getTime();
  if (now.getTime() - oldest > OUTBOX_LATE_MS) {
    await sendAlert(ctx, ctx.db.kysely, {
      summary: 'E-mails are waiting for more than 15 minutes.',
      details: `${outbox.waiting} letters wait; look at the queue lists.deliver_mail.`,
      onceKey: `outbox:${now.toISOString().slice(0, 13)}`,
    });
  }
}
