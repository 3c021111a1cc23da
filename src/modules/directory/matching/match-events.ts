import { type EnqueueItem, OutageError } from '#platform/jobs';
import type { JsonObject } from '../change-events/lossless-json.ts';
import { entityLogKeys, type NhsEntity, readNhsEntity } from '../change-events/nhs-entity.ts';
import type { DirectoryContext } from '../context.ts';
import type { MatchedService } from '../dos/dos-service.ts';
import { findActive, findMatchingServices } from '../dos/matching-queries.ts';
import { findRegions } from '../dos/surroundings-queries.ts';
import { type DirectoryEvent, directoryEvent, type EventFacts, lineOnly } from '../events.ts';
import { METRIC_KEY } from '../reports/contract-log.ts';
import { regionsNeeded, reportLine } from '../reports/report.ts';
import { withDos } from '../sync/dos-outage.ts';
import { type StoredEventPayload, syncServiceTask, type UpdateRequestPayload } from '../tasks/definitions.ts';
import { traceOf } from '../tasks/job-facts.ts';
import { lineEvent } from '../tasks/line-event.ts';
import { type MatchReview, onlyServices, reviewMatches, switchedOff } from './review-matches.ts';

/** A stored change event that is to be matched. */
export interface StoredEvent {
  payload: StoredEventPayload;
  /** Whose correlation id and trace the update requests carry on. */
  facts: EventFacts;
  sequenceNumber: string | null;
  record: JsonObject;
}

/** What a stored event came to: the update requests to send and the events to record, or why it cannot be matched. */
export interface EventMatch {
  stored: StoredEvent;
  error?: unknown;
  updateRequests: EnqueueItem<UpdateRequestPayload>[];
  events: DirectoryEvent[];
}

interface Reviewed {
  stored: StoredEvent;
  entity: NhsEntity;
  review: MatchReview;
}

/**
 * Matches events with the services of their ODS codes (spec sections 6.5 to 6.7): one query for all codes. Reads only;
 * what it returns takes effect when the caller sends and records it. Throws OutageError while DoS does not answer.
 */
export async function matchEvents(ctx: DirectoryContext, stored: StoredEvent[]): Promise<EventMatch[]> {
  if (stored.length === 0) return [];
  const codes = stored.map(({ payload }) => payload.odsCode);
  const found = await withDos(() => findMatchingServices(ctx.dos.reader.kysely, codes));
  const failed: EventMatch[] = [];
  const read = stored.flatMap((event) => {
    try {
      return [{ stored: event, entity: readNhsEntity(event.record) }];
    } catch (error) {
      // One record that cannot be read must not hold back the others.
      failed.push({ stored: event, error, updateRequests: [], events: [] });
      return [];
    }
  });
  const off = read.flatMap((event) =>
    switchedOff(event.entity, found.get(event.stored.payload.odsCode) ?? []),
  );
  const beingSwitched = await findBeingSwitched(ctx, off);
  const reviewed = read.map((event): Reviewed => {
    const { odsCode, services } = event.stored.payload;
    const review = reviewMatches(event.entity, found.get(odsCode) ?? [], beingSwitched);
    return { ...event, review: onlyServices(review, services) };
  });
  const needed = regionsNeeded(reviewed.flatMap(({ review }) => review.reports));
  const regions = await withDos(() => findRegions(ctx.dos.reader.kysely, needed));
  return [
    ...failed,
    ...reviewed.map((item) => ({
      stored: item.stored,
      updateRequests: toUpdateRequests(item),
      events: matchingEvents(ctx, item, regions),
    })),
  ];
}

/**
 * Of services that were seen switched off, those that are being switched on: a request of an earlier event waits for them,
 * or has been through since we looked, or long ago while the replica lags. Leaving them out would leave them on. The
 * requests are asked for first: one that is gone by then has left its mark in DoS.
 */
async function findBeingSwitched(ctx: DirectoryContext, off: MatchedService[]): Promise<Set<number>> {
  if (off.length === 0) return new Set();
  const ids = [...new Set(off.map(({ id }) => id))];
  const live = await ctx.jobs.findLiveKeys(ctx.db.kysely, syncServiceTask, ids.map(String));
  const active = await withDos(() => findActive(ctx.dos.writer.kysely, ids));
  return new Set(ids.filter((id) => live.has(String(id)) || active.has(id)));
}

/**
 * Matches what was just stored without sending it through the queue of the matcher first. Undefined when that fails or DoS is away:
 * the events then wait in that queue. After an outage DoS is left alone for a while, because each attempt may wait for
 * a connection that does not come.
 */
export function createEarlyMatcher(ctx: DirectoryContext, retryAfterMs = 10_000) {
  let awayUntil = 0;
  return async (stored: StoredEvent[]): Promise<EventMatch[] | undefined> => {
    if (Date.now() < awayUntil) return undefined;
    try {
      return await matchEvents(ctx, stored);
    } catch (error) {
      // Whatever is wrong with matching is no fault of ingest: the matcher's own queue tries, counts and reports it.
      if (error instanceof OutageError) awayUntil = Date.now() + retryAfterMs;
      return undefined;
    }
  };
}

function toUpdateRequests({ stored, review }: Reviewed): EventMatch['updateRequests'] {
  const { services: _, ...payload } = stored.payload;
  return review.updates.map((service) => ({
    payload: { ...payload, serviceId: service.id },
    key: String(service.id),
    correlationId: stored.facts.correlationId,
    ...traceOf(stored.facts),
  }));
}

function matchingEvents(
  ctx: DirectoryContext,
  { stored, entity, review }: Reviewed,
  regions: ReadonlyMap<number, string>,
): DirectoryEvent[] {
  const { environment } = ctx.config;
  const { facts } = stored;
  const context = {
    ...entityLogKeys(entity),
    org_type: entity.record.OrganisationTypeId ?? null,
    org_sub_type: entity.record.OrganisationSubType ?? null,
  };
  const remarks = [...entity.remarks, ...review.remarks].map((line) =>
    lineOnly('services.matched', facts, { ...line, fields: { ...context, ...line.fields } }),
  );
  const reports = review.reports.map((report) =>
    lineEvent('report.raised', facts, reportLine(report, regions), { environment, context }),
  );
  const sent = directoryEvent(
    'update_request.sent',
    facts,
    'Sent Off Update Request',
    {
      level: 'WARNING',
      ...context,
      sequence_number: stored.sequenceNumber,
      environment,
      [METRIC_KEY]: 'UpdateRequestSent',
    },
    review.updates.flatMap((service) => [String(service.id), service.uid]),
  );
  // One event for each request, not one for the lot (D-22).
  const each = review.updates.map((service) => ({ service_id: service.id, service_uid: service.uid }));
  return [...remarks, ...reports, { ...sent, each }];
}
