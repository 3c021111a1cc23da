import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import { selectChangeEvents } from '../change-events/change-event-queries.ts';
import { isJsonObject, parseJson } from '../change-events/lossless-json.ts';
import { readNhsEntity } from '../change-events/nhs-entity.ts';
import type { DirectoryContext } from '../context.ts';
import { applyUpdates, type SyncResult, type UpdateRequest } from '../sync/apply-updates.ts';
import { finishUpdates } from '../sync/finish-updates.ts';
import { reviewPendingChanges } from '../sync/pending-changes.ts';
import type { UpdateRequestPayload } from './definitions.ts';
import { factsOfJob } from './job-facts.ts';

/**
 * Service sync: spec sections 6.8 to 6.11. A batch of services is loaded, compared and written in one transaction of
 * the directory database; what it found is then recorded and the jobs settled in one transaction of our own. When the
 * batch cannot be written as a whole, each request gets a transaction of its own, so that one bad value fails alone.
 */
export function syncServices(ctx: DirectoryContext) {
  return async (jobs: Job<UpdateRequestPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    await ctx.brake.giveWay(run.signal);
    const requests = await loadRequests(ctx, jobs);
    const reviews = await reviewPendingChanges(ctx, requests);
    const results = requests.length > 0 ? await applyOrSplit(ctx, requests, run) : [];
    await finishUpdates(ctx, { results, reviews }, run, jobs);
    const failed = results.filter((result) => result.error !== undefined);
    const failedIds = new Set(failed.map(({ request }) => request.job.id));
    return [
      ...failed.map(({ request, error }) => ({ id: request.job.id, status: 'failed' as const, error })),
      ...jobs
        .filter((job) => !failedIds.has(job.id))
        .map((job) => ({ id: job.id, status: 'completed' as const })),
    ];
  };
}

/** Requests whose stored event still exists; a record that retention removed leaves nothing to apply. */
async function loadRequests(
  ctx: DirectoryContext,
  jobs: Job<UpdateRequestPayload>[],
): Promise<UpdateRequest[]> {
  const stored = await selectChangeEvents(
    ctx.db.kysely,
    jobs.map(({ payload }) => ({ id: payload.recordId, odsCode: payload.odsCode })),
  );
  const byKey = new Map(stored.map((row) => [`${row.id} ${row.ods_code}`, row]));
  return jobs.flatMap((job): UpdateRequest[] => {
    const row = byKey.get(`${job.payload.recordId} ${job.payload.odsCode}`);
    const record = row === undefined ? undefined : parseJson(row.event);
    if (row === undefined || !isJsonObject(record)) return [];
    const facts = factsOfJob(job, job.payload.odsCode);
    return [{ job, facts, entity: readNhsEntity(record), sequenceNumber: row.sequence_number }];
  });
}

/** Halves a batch that fails until the requests that cause it stand alone. */
async function applyOrSplit(
  ctx: DirectoryContext,
  requests: UpdateRequest[],
  run: TaskRun,
): Promise<SyncResult[]> {
  const outcome = await applyUpdates(ctx, requests, run);
  if (outcome.results) return outcome.results;
  const [first] = requests;
  if (requests.length === 1 && first) return [{ request: first, error: outcome.error }];
  const middle = Math.ceil(requests.length / 2);
  return [
    ...(await applyOrSplit(ctx, requests.slice(0, middle), run)),
    ...(await applyOrSplit(ctx, requests.slice(middle), run)),
  ];
}
