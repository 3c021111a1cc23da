import type { Job, TaskRun } from '#platform/jobs';
import type { DirectoryContext } from '../context.ts';
import { prepareEmail, storeEmails } from '../emails/store-rejection-email.ts';
import { countReports, type DirectoryEvent } from '../events.ts';
import type { UpdateRequestPayload } from '../tasks/definitions.ts';
import type { SyncResult } from './apply-updates.ts';
import { deleteIntents } from './intent-queries.ts';
import type { PendingChangeReview } from './pending-changes.ts';
import { deleteRejectionIntents } from './rejection-intent-queries.ts';
import { completionEvents, failedEvent, latencyMs, pendingChangeEvents } from './sync-events.ts';

/**
 * Records what is committed in the directory database and settles the jobs, in one transaction of our own. Until it
 * commits the jobs are ours to repeat, and their intents tell the next run what was done.
 */
export async function finishUpdates(
  ctx: DirectoryContext,
  { results, reviews }: { results: SyncResult[]; reviews: ReadonlyMap<number, PendingChangeReview> },
  run: TaskRun,
  jobs: Job<UpdateRequestPayload>[],
): Promise<void> {
  const failedIds = new Set(
    results.filter(({ error }) => error !== undefined).map(({ request }) => request.job.id),
  );
  const done = results.filter(({ error }) => error === undefined);
  const events = results.flatMap((result): DirectoryEvent[] => {
    const { request, error } = result;
    const review = reviews.get(request.job.payload.serviceId);
    const rejections = review ? pendingChangeEvents(request, review) : [];
    if (error !== undefined) return [...rejections, failedEvent(ctx, request, error)];
    return [...rejections, ...completionEvents(ctx, result, review)];
  });
  const emails = results.flatMap(({ request }) => {
    const review = reviews.get(request.job.payload.serviceId);
    const { facts } = request;
    return (review?.rejected ?? []).map((change) => prepareEmail(ctx, { change, facts }));
  });
  events.push(...emails.map(({ event }) => event));
  const intents = [...reviews.values()].flatMap((review) => review.intents);
  const settled = jobs.filter((job) => !failedIds.has(job.id)).map((job) => job.id);
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await storeEmails(ctx, trx, emails);
    if (intents.length > 0) await deleteRejectionIntents(trx, intents);
    await ctx.events.append(trx, events);
    const written = done.filter(({ hasChanged }) => hasChanged).map(({ request }) => request.job.id);
    if (written.length > 0) await deleteIntents(trx, written);
    await run.complete(trx, settled);
  });
  ctx.contractLog.print('service-sync', events);
  for (const result of done) ctx.metrics.latency.observe(latencyMs(ctx, result.request) / 1_000);
  countReports(ctx.metrics, events);
}
