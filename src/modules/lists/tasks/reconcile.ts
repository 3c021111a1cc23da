import type { ListsContext } from '../context.ts';
import { listsEvent } from '../events.ts';
import { upsertMark } from '../policy/settings-queries.ts';
import { selectViolations } from './task-queries.ts';

const MOST_REPORTED = 1_000;

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
}
