import type { DirectoryContext } from '../context.ts';
import {
  findPendingChanges,
  findRejectedChanges,
  type PendingChange,
  rejectPendingChanges,
} from '../dos/pending-change-queries.ts';
import { judgePendingChange } from '../pending-changes/pending-change.ts';
import type { UpdateRequest } from './apply-updates.ts';
import { withDos } from './dos-outage.ts';
import {
  type RejectionIntent,
  selectRejectionIntents,
  upsertRejectionIntents,
} from './rejection-intent-queries.ts';

/** What became of the edits that people had proposed for one service. */
export interface PendingChangeReview {
  rejected: PendingChange[];
  unreadable: PendingChange[];
  /** Intents that end with this run. */
  intents: string[];
}

/**
 * Rejects competing edits before every sync, whether or not the event changes anything: spec section 6.9. One
 * transaction of its own for the batch; services without pending changes, nearly all of them, cost one look-up.
 *
 * The rejection is committed in DoS before we can record it. An intent of ours comes first, so that a run which dies in
 * between leaves the next one to find the rejection there and to tell of it (D-02).
 */
export async function reviewPendingChanges(
  ctx: DirectoryContext,
  requests: UpdateRequest[],
): Promise<Map<number, PendingChangeReview>> {
  const reviews = new Map<number, PendingChangeReview>();
  const reviewOf = (serviceId: number): PendingChangeReview => {
    const review = reviews.get(serviceId) ?? { rejected: [], unreadable: [], intents: [] };
    reviews.set(serviceId, review);
    return review;
  };
  const left = await intentsOfFormerRuns(ctx, requests);
  for (const change of await changesWeRejected(ctx, left)) reviewOf(change.serviceId).rejected.push(change);
  for (const { changeId, serviceId } of left) reviewOf(serviceId).intents.push(changeId);

  const serviceIds = requests.map(({ job }) => job.payload.serviceId);
  const pending = await withDos(() => findPendingChanges(ctx.dos.writer.kysely, serviceIds));
  if (pending.length === 0) return reviews;
  const judged = pending.map((change) => ({ change, verdict: judgePendingChange(change.value) }));
  for (const { change, verdict } of judged) {
    if (verdict === 'unreadable') reviewOf(change.serviceId).unreadable.push(change);
  }
  const rejectable = judged.filter(({ verdict }) => verdict === 'reject').map(({ change }) => change);
  for (const change of await reject(ctx, requests, rejectable)) {
    const review = reviewOf(change.serviceId);
    review.rejected.push(change);
    review.intents.push(change.id);
  }
  return reviews;
}

async function reject(
  ctx: DirectoryContext,
  requests: UpdateRequest[],
  changes: PendingChange[],
): Promise<PendingChange[]> {
  if (changes.length === 0) return [];
  const rejectedAt = new Date(Math.floor(ctx.clock.now().getTime() / 1_000) * 1_000);
  const byService = new Map(requests.map((request) => [request.job.payload.serviceId, request]));
  const intents = changes.flatMap(({ id, serviceId }): RejectionIntent[] => {
    const request = byService.get(serviceId);
    if (!request) return [];
    const { correlationId, traceparent = null } = request.facts;
    const { odsCode } = request.job.payload;
    return [{ changeId: id, serviceId, odsCode, correlationId, traceparent, rejectedAt }];
  });
  await upsertRejectionIntents(ctx.db.kysely, intents);
  const ids = changes.map(({ id }) => id);
  const rejected = await withDos(() => rejectPendingChanges(ctx.dos.writer.kysely, ids, rejectedAt));
  return changes.filter(({ id }) => rejected.has(id));
}

/** Only a run that comes again can have left something behind. */
async function intentsOfFormerRuns(
  ctx: DirectoryContext,
  requests: UpdateRequest[],
): Promise<RejectionIntent[]> {
  const redelivered = requests.filter(({ job }) => job.isRedelivered);
  if (redelivered.length === 0) return [];
  return selectRejectionIntents(
    ctx.db.kysely,
    redelivered.map(({ job }) => job.payload.serviceId),
  );
}

/** The changes among `intents` that DoS holds as rejected by us at the time we meant to. */
export async function changesWeRejected(
  ctx: DirectoryContext,
  intents: RejectionIntent[],
): Promise<PendingChange[]> {
  if (intents.length === 0) return [];
  return withDos(() => findRejectedChanges(ctx.dos.writer.kysely, intents));
}
