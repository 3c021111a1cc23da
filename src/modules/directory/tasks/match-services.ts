import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import { selectChangeEvents } from '../change-events/change-event-queries.ts';
import { isJsonObject, parseJson } from '../change-events/lossless-json.ts';
import type { DirectoryContext } from '../context.ts';
import { countReports } from '../events.ts';
import { matchEvents, type StoredEvent } from '../matching/match-events.ts';
import { closeWindows, supersededEvent, withoutSuperseded } from '../settling/settle-window.ts';
import { type StoredEventPayload, syncServiceTask } from './definitions.ts';
import { factsOfJob } from './job-facts.ts';

/**
 * Service matcher: spec sections 6.5 to 6.7, for events that ingest could not match at once. The update requests, the
 * reports and the end of the jobs are one transaction, so none can be missing (D-14).
 */
export function matchServices(ctx: DirectoryContext) {
  return async (jobs: Job<StoredEventPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    await ctx.brake.giveWay(run.signal);
    const stored = await loadStored(ctx, jobs);
    const { current, superseded } = await withoutSuperseded(ctx, [...stored.keys()]);
    const matches = await matchEvents(ctx, current);
    const failures = matches.flatMap(({ stored: event, error }): JobOutcome[] => {
      const job = stored.get(event);
      return error === undefined || !job ? [] : [{ id: job.id, status: 'failed', error }];
    });
    const failedIds = new Set(failures.map(({ id }) => id));
    const completed = jobs.map(({ id }) => id).filter((id) => !failedIds.has(id));
    const updateRequests = matches.flatMap((match) => match.updateRequests);
    const events = [...superseded.map(supersededEvent), ...matches.flatMap((match) => match.events)];
    const matched = matches.flatMap(({ stored: event, error }) => (error === undefined ? [event] : []));
    await ctx.db.kysely.transaction().execute(async (trx) => {
      await closeWindows(ctx, trx, matched);
      await ctx.jobs.enqueue(trx, syncServiceTask, updateRequests);
      await ctx.events.append(trx, events);
      await run.complete(trx, completed);
    });
    ctx.contractLog.print('service-matcher', events);
    countReports(ctx.metrics, events);
    return [...failures, ...completed.map((id) => ({ id, status: 'completed' as const }))];
  };
}

/** The events and their jobs. A stored event that retention has removed meanwhile has nothing left to match. */
async function loadStored(
  ctx: DirectoryContext,
  jobs: Job<StoredEventPayload>[],
): Promise<Map<StoredEvent, Job<StoredEventPayload>>> {
  const rows = await selectChangeEvents(
    ctx.db.kysely,
    jobs.map(({ payload }) => ({ id: payload.recordId, odsCode: payload.odsCode })),
  );
  const byKey = new Map(rows.map((row) => [`${row.id} ${row.ods_code}`, row]));
  const stored = new Map<StoredEvent, Job<StoredEventPayload>>();
  for (const job of jobs) {
    const { payload } = job;
    const row = byKey.get(`${payload.recordId} ${payload.odsCode}`);
    const record = row === undefined ? undefined : parseJson(row.event);
    if (row === undefined || !isJsonObject(record)) continue;
    stored.set(
      { payload, facts: factsOfJob(job, payload.odsCode), sequenceNumber: row.sequence_number, record },
      job,
    );
  }
  return stored;
}
