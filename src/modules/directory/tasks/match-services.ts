import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import { selectChangeEvents } from '../change-events/change-event-queries.ts';
import { isJsonObject, parseJson } from '../change-events/lossless-json.ts';
import { entityLogKeys, type NhsEntity, readNhsEntity } from '../change-events/nhs-entity.ts';
import type { DirectoryContext } from '../context.ts';
import { findMatchingServices } from '../dos/matching-queries.ts';
import { findRegions } from '../dos/surroundings-queries.ts';
import { type DirectoryEvent, directoryEvent, type EventFacts, lineOnly } from '../events.ts';
import { type MatchReview, reviewMatches } from '../matching/review-matches.ts';
import { METRIC_KEY } from '../reports/contract-log.ts';
import { regionsNeeded, reportLine } from '../reports/report.ts';
import { withDos } from '../sync/dos-outage.ts';
import { type StoredEventPayload, syncServiceTask } from './definitions.ts';
import { factsOfJob, traceOf } from './job-facts.ts';
import { lineEvent } from './line-event.ts';

interface Matched {
  job: Job<StoredEventPayload>;
  entity: NhsEntity;
  review: MatchReview;
  sequenceNumber: string | null;
}

/**
 * Service matcher: spec sections 6.5 to 6.7. One query finds the services of all ODS codes of the batch; the update
 * requests, the reports and the end of the jobs are one transaction, so none can be missing (D-14).
 */
export function matchServices(ctx: DirectoryContext) {
  return async (jobs: Job<StoredEventPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    await ctx.brake.giveWay(run.signal);
    const stored = await selectChangeEvents(
      ctx.db.kysely,
      jobs.map(({ payload }) => ({ id: payload.recordId, odsCode: payload.odsCode })),
    );
    const byKey = new Map(stored.map((row) => [`${row.id} ${row.ods_code}`, row]));
    const found = await withDos(() =>
      findMatchingServices(
        ctx.dos.reader.kysely,
        jobs.map(({ payload }) => payload.odsCode),
      ),
    );
    // A stored event that retention has removed meanwhile has nothing left to match.
    const matched = jobs.flatMap((job): Matched[] => {
      const row = byKey.get(`${job.payload.recordId} ${job.payload.odsCode}`);
      const record = row === undefined ? undefined : parseJson(row.event);
      if (row === undefined || !isJsonObject(record)) return [];
      const entity = readNhsEntity(record);
      const review = reviewMatches(entity, found.get(job.payload.odsCode) ?? []);
      return [{ job, entity, review, sequenceNumber: row.sequence_number }];
    });
    const needed = regionsNeeded(matched.flatMap(({ review }) => review.reports));
    const regions = await withDos(() => findRegions(ctx.dos.reader.kysely, needed));

    const events = matched.flatMap((match) => matchEvents(ctx, match, regions));
    await ctx.db.kysely.transaction().execute(async (trx) => {
      await ctx.jobs.enqueue(trx, syncServiceTask, matched.flatMap(toUpdateRequests));
      await ctx.events.append(trx, events);
      await run.complete(
        trx,
        jobs.map((job) => job.id),
      );
    });
    ctx.contractLog.print('service-matcher', events);
    return jobs.map((job) => ({ id: job.id, status: 'completed' as const }));
  };
}

function toUpdateRequests({ job, review }: Matched) {
  return review.updates.map((service) => ({
    payload: { ...job.payload, serviceId: service.id },
    key: String(service.id),
    correlationId: job.correlationId,
    ...traceOf(job),
  }));
}

function matchEvents(
  ctx: DirectoryContext,
  match: Matched,
  regions: ReadonlyMap<number, string>,
): DirectoryEvent[] {
  const { job, entity, review, sequenceNumber } = match;
  const { environment } = ctx.config;
  const facts: EventFacts = factsOfJob(job, job.payload.odsCode);
  const context = {
    ...entityLogKeys(entity),
    org_type: entity.record.OrganisationTypeId ?? null,
    org_sub_type: entity.record.OrganisationSubType ?? null,
  };
  const remarks = [...entity.remarks, ...review.remarks].map((line) =>
    lineOnly('services.matched', facts, { ...line, fields: { ...context, ...line.fields } }),
  );
  const reports = review.reports.map((report) => {
    ctx.metrics.reports.inc({ report_key: report.key });
    return lineEvent('report.raised', facts, reportLine(report, regions), { environment, context });
  });
  const sent = directoryEvent(
    'update_request.sent',
    facts,
    'Sent Off Update Request',
    {
      level: 'WARNING',
      ...context,
      sequence_number: sequenceNumber,
      environment,
      [METRIC_KEY]: 'UpdateRequestSent',
    },
    review.updates.flatMap((service) => [String(service.id), service.uid]),
  );
  // One event for each request, not one for the lot (D-22).
  const each = review.updates.map((service) => ({ service_id: service.id, service_uid: service.uid }));
  return [...remarks, ...reports, { ...sent, each }];
}
