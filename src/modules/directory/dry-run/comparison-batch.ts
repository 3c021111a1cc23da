import { findProblem, odsCodeOf } from '../change-events/change-event.ts';
import { selectLatestSequences } from '../change-events/change-event-queries.ts';
import { type NhsEntity, readNhsEntity } from '../change-events/nhs-entity.ts';
import { isOutdated } from '../change-events/sequence-number.ts';
import { compareService } from '../comparison/compare-service.ts';
import type { Surroundings } from '../comparison/comparison.ts';
import type { ServiceChange } from '../comparison/service-change.ts';
import { planServiceWrite } from '../comparison/service-write.ts';
import type { DirectoryContext } from '../context.ts';
import type { DosService, MatchedService } from '../dos/dos-service.ts';
import { findMatchingServices } from '../dos/matching-queries.ts';
import { findPendingChanges } from '../dos/pending-change-queries.ts';
import { readServices } from '../dos/service-queries.ts';
import { reviewMatches } from '../matching/review-matches.ts';
import { londonDate } from '../opening-times/times.ts';
import { judgePendingChange } from '../pending-changes/pending-change.ts';
import type { Report } from '../reports/report.ts';
import { serviceUpdateReports } from '../reports/service-update-reports.ts';
import { saveMoment } from '../service-history/service-history.ts';
import type { SourceEvent } from './event-source.ts';

/** What would become of a service, or of an event that reaches none. */
export const OUTCOMES = [
  /** The service would be written to, or proposed edits of it rejected. */
  'changed',
  /** Nothing would be written, but something reported. */
  'reported',
  /** The service agrees with its event. */
  'unchanged',
  /** Every attempt would fail. */
  'failing',
  /** Reported at matching: no service, or hidden or closed. */
  'not_applied',
  /** Older than the newest stored event of its ODS code. */
  'stale',
  /** Another event of the source takes its place. */
  'superseded',
  /** Ingest would reject it. */
  'invalid',
  /** Not an event at all. */
  'unreadable',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One difference, in the words of the report that applying it would raise (spec section 8.3.2). */
export interface Difference {
  field: string;
  action: string;
  previous_value: string;
  new_value: string;
}

export interface ComparedItem {
  line: number;
  outcome: Outcome;
  odsCode: string | null;
  sequenceNumber: string | null;
  latestSequenceNumber: string | null;
  service: { id: number; uid: string; name: string } | null;
  reason: string | null;
  changes: Difference[];
  reports: { report_key: string; message: string }[];
}

interface ReadyEvent {
  line: number;
  odsCode: string;
  sequenceNumber: string | null;
  latest: string | null;
  entity: NhsEntity;
}

/** Compares a batch of events with the directory as it is; reads only. Events are of different ODS codes. */
export async function compareBatch(ctx: DirectoryContext, batch: SourceEvent[]): Promise<ComparedItem[]> {
  const items: ComparedItem[] = [];
  const ready = await chooseReady(ctx, batch, items);
  const matched = await findMatchingServices(
    ctx.dos.reader.kysely,
    ready.map(({ odsCode }) => odsCode),
  );
  const pairs: { event: ReadyEvent; matched: MatchedService }[] = [];
  for (const event of ready) {
    const review = reviewMatches(event.entity, matched.get(event.odsCode) ?? []);
    const reports = review.reports.map(briefly);
    if (review.updates.length === 0) items.push(itemOf(event, 'not_applied', { reports }));
    else if (reports.length > 0) items.push(itemOf(event, 'reported', { reports }));
    pairs.push(...review.updates.map((service) => ({ event, matched: service })));
  }
  const ids = pairs.map(({ matched: { id } }) => id);
  const services = await readServices(ctx.dos.reader.kysely, ids);
  const rejections = await findRejections(ctx, ids);
  const now = ctx.clock.now();
  const surroundings = {
    today: londonDate(now),
    ...(await ctx.dosFacts.lookUp(ready.map(({ entity }) => entity.normalPostcode))),
  };
  for (const { event, matched: given } of pairs) {
    const service = services.get(given.id);
    if (!service)
      items.push(itemOf(event, 'failing', { service: given, reason: `Service ID ${given.id} not found` }));
    else
      items.push(compareOne(event, service, { surroundings, now, rejected: rejections.get(given.id) ?? [] }));
  }
  return items.sort((one, other) => one.line - other.line);
}

/** The events that would go on to matching; what becomes of the others goes to `items`. */
async function chooseReady(
  ctx: DirectoryContext,
  batch: SourceEvent[],
  items: ComparedItem[],
): Promise<ReadyEvent[]> {
  const codes = batch.flatMap(({ content }) => ('event' in content ? (odsCodeOf(content.event) ?? []) : []));
  const storable = codes.filter((code) => code.isWellFormed() && !code.includes('\u0000'));
  const stored = await selectLatestSequences(ctx.db.kysely, storable);
  const ready: ReadyEvent[] = [];
  for (const { line, sequenceNumber, content } of batch) {
    const base = { line, sequenceNumber, latest: null };
    if ('problem' in content) {
      items.push(itemOf({ ...base, odsCode: null }, 'unreadable', { reason: content.problem }));
      continue;
    }
    const odsCode = odsCodeOf(content.event);
    const problem = findProblem(content.event);
    if (problem || odsCode === null) {
      items.push(
        itemOf({ ...base, odsCode }, 'invalid', { reason: problem?.reason ?? 'It has no ODS code' }),
      );
      continue;
    }
    const latest = stored.get(odsCode) ?? null;
    if (sequenceNumber !== null && isOutdated(sequenceNumber, latest)) {
      const reason = `The newest stored sequence number is ${latest ?? '0'}`;
      items.push(itemOf({ ...base, odsCode, latest }, 'stale', { reason }));
      continue;
    }
    ready.push({ line, odsCode, sequenceNumber, latest, entity: readNhsEntity(content.event) });
  }
  return ready;
}

/** The number under which an event without one is applied: it does not hold up the events that follow it. */
export function assignedSequence(latest: string | null): string {
  return latest !== null && BigInt(latest) > 0n ? latest : '0';
}

function compareOne(
  event: ReadyEvent,
  service: DosService,
  given: { surroundings: Surroundings; now: Date; rejected: string[] },
): ComparedItem {
  const comparison = compareService(service, event.entity, given.surroundings);
  const reports = comparison.reports.map(briefly);
  try {
    planServiceWrite(service, comparison.changes, saveMoment(given.now));
  } catch (error) {
    return itemOf(event, 'failing', {
      service,
      reports,
      reason: error instanceof Error ? error.message : String(error),
    });
  }
  const changes = [
    ...given.rejected.map((id) => ({
      field: 'pending_change',
      action: 'reject',
      previous_value: `"${id} PENDING"`,
      new_value: `"${id} REJECTED"`,
    })),
    ...comparison.changes.map((change) => describe(service, change)),
  ];
  const outcome = changes.length > 0 ? 'changed' : reports.length > 0 ? 'reported' : 'unchanged';
  return itemOf(event, outcome, { service, changes, reports });
}

/** The words of the report; latitude and longitude have none and are told as they are. */
function describe(service: DosService, change: ServiceChange): Difference {
  const [report] = serviceUpdateReports(service, [change]);
  if (report) {
    const { data_field_modified: field, action, previous_value: previous, new_value: value } = report.fields;
    return {
      field: String(field),
      action: String(action),
      previous_value: String(previous),
      new_value: String(value),
    };
  }
  const { column, previous, value } = change as Extract<ServiceChange, { kind: 'column' }>;
  return {
    field: column,
    action: previous === null ? 'add' : 'modify',
    previous_value: previous === null ? '' : `"${previous}"`,
    new_value: value === null ? '' : `"${value}"`,
  };
}

/** Ids of the proposed edits that every update of their service rejects first (spec section 6.9). */
async function findRejections(ctx: DirectoryContext, serviceIds: number[]): Promise<Map<number, string[]>> {
  const pending = await findPendingChanges(ctx.dos.reader.kysely, serviceIds);
  const rejectable = pending.filter(({ value }) => judgePendingChange(value) === 'reject');
  return new Map(
    [...Map.groupBy(rejectable, ({ serviceId }) => serviceId)].map(([id, found]) => [
      id,
      found.map((change) => change.id),
    ]),
  );
}

function briefly({ key, message }: Report) {
  return { report_key: key, message };
}

export function itemOf(
  event: Pick<ComparedItem, 'line' | 'odsCode' | 'sequenceNumber'> & { latest: string | null },
  outcome: Outcome,
  found: Partial<Pick<ComparedItem, 'reason' | 'changes' | 'reports'>> & {
    service?: { id: number; uid: string; name: string };
  } = {},
): ComparedItem {
  const { line, odsCode, sequenceNumber, latest } = event;
  const { service, reason = null, changes = [], reports = [] } = found;
  return {
    line,
    outcome,
    odsCode,
    sequenceNumber,
    latestSequenceNumber: latest,
    service: service ? { id: service.id, uid: service.uid, name: service.name } : null,
    reason,
    changes,
    reports,
  };
}
