import type { DirectoryContext } from '../context.ts';
import {
  findPendingChanges,
  type PendingChange,
  rejectPendingChanges,
} from '../dos/pending-change-queries.ts';
import { judgePendingChange } from '../pending-changes/pending-change.ts';
import { withDos } from './dos-outage.ts';

/** What became of the edits that people had proposed for one service. */
export interface PendingChangeReview {
  rejected: PendingChange[];
  unreadable: PendingChange[];
}

/**
 * Rejects competing edits before every sync, whether or not the event changes anything: spec section 6.9. One
 * transaction of its own for the batch; services without pending changes, nearly all of them, cost one look-up.
 */
export async function reviewPendingChanges(
  ctx: DirectoryContext,
  serviceIds: number[],
): Promise<Map<number, PendingChangeReview>> {
  const pending = await withDos(() => findPendingChanges(ctx.dos.writer.kysely, serviceIds));
  if (pending.length === 0) return new Map();
  const judged = pending.map((change) => ({ change, verdict: judgePendingChange(change.value) }));
  const rejectable = judged.filter(({ verdict }) => verdict === 'reject').map(({ change }) => change);
  const rejectedIds = await withDos(() =>
    rejectPendingChanges(
      ctx.dos.writer.kysely,
      rejectable.map(({ id }) => id),
      ctx.clock.now(),
    ),
  );
  const reviews = new Map<number, PendingChangeReview>();
  for (const { change, verdict } of judged) {
    const review = reviews.get(change.serviceId) ?? { rejected: [], unreadable: [] };
    if (rejectedIds.has(change.id)) review.rejected.push(change);
    if (verdict === 'unreadable') review.unreadable.push(change);
    reviews.set(change.serviceId, review);
  }
  return reviews;
}
