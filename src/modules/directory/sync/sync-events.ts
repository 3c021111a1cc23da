import { entityLogKeys } from '../change-events/nhs-entity.ts';
import type { DirectoryContext } from '../context.ts';
import type { DosService } from '../dos/dos-service.ts';
import type { PendingChange } from '../dos/pending-change-queries.ts';
import { type DirectoryEvent, directoryEvent, type EventFacts, printedOnly, sharedRow } from '../events.ts';
import { loggablePendingChange } from '../pending-changes/pending-change.ts';
import { METRIC_KEY } from '../reports/contract-log.ts';
import { exceptionFields } from '../reports/exception-fields.ts';
import { type LogLine, logFields } from '../reports/log-line.ts';
import { type Report, reportLine } from '../reports/report.ts';
import { lineEvent } from '../tasks/line-event.ts';
import type { SyncResult, UpdateRequest } from './apply-updates.ts';
import type { PendingChangeReview } from './pending-changes.ts';

/** Reports of one comparison and one event for each field it changed, in the order of the history entry. */
export function comparisonEvents(
  ctx: DirectoryContext,
  item: { request: UpdateRequest; service: DosService },
  reports: { findings: Report[]; updates: Report[]; regions: ReadonlyMap<number, string> },
): DirectoryEvent[] {
  const { request, service } = item;
  const { findings, updates, regions } = reports;
  const { facts } = request;
  const surroundings = {
    environment: ctx.config.environment,
    context: { ...serviceKeys(service), ...entityLogKeys(request.entity) },
    subjects: subjectsOf(service),
  };
  return [
    ...findings.map((report) => lineEvent('report.raised', facts, reportLine(report, regions), surroundings)),
    ...updateEvents(facts, updates, regions, surroundings),
  ];
}

/** One event for each updated field, written as one row: they differ in four properties. */
function updateEvents(
  facts: UpdateRequest['facts'],
  updates: Report[],
  regions: ReadonlyMap<number, string>,
  surroundings: Parameters<typeof lineEvent>[3],
): DirectoryEvent[] {
  const [first] = updates;
  if (!first) return [];
  const shared = lineEvent('service.updated', facts, reportLine(first, regions), surroundings);
  const each = updates.map(({ fields }) => ({
    action: fields.action,
    previous_value: fields.previous_value,
    new_value: fields.new_value,
    data_field_modified: fields.data_field_modified,
  }));
  const { action, previous_value, new_value, data_field_modified, ...properties } = shared.properties;
  return [{ ...shared, properties, each }];
}

/**
 * All that is said of an update that is done, in the order in which the original writes it. What was seen on the way
 * and the success are one row of the register (8.3.4).
 */
export function completionEvents(
  ctx: DirectoryContext,
  result: SyncResult,
  review: PendingChangeReview | undefined,
): DirectoryEvent[] {
  const { request, service, comparison } = result;
  const succeeded = succeededEvent(ctx, result);
  if (!service || !comparison) return [succeeded];
  const keys = serviceKeys(service);
  const lines = [...reviewLines(review), ...comparison.remarks, ...writeLines(result, service)];
  const remarks = lines.map((line): DirectoryEvent => {
    const fields = { level: line.level, ...keys, ...logFields(line, ctx.config.environment) };
    return printedOnly(directoryEvent('service.compared', request.facts, line.message, fields));
  });
  const { level, message, [METRIC_KEY]: metric, ...shared } = succeeded.properties;
  const kept = remarks.filter(({ properties }) => properties.level !== 'DEBUG');
  return [
    ...remarks,
    ...(result.events ?? []),
    printedOnly(succeeded),
    sharedRow(succeeded, [...kept, succeeded], shared),
  ];
}

function reviewLines(review: PendingChangeReview | undefined): LogLine[] {
  if (!review || review.rejected.length === 0) {
    return [{ level: 'INFO', message: 'No valid pending changes found' }];
  }
  return [
    {
      level: 'INFO',
      message: 'Pending Changes to be rejected',
      fields: {
        pending_changes: review.rejected.map(({ id, value }) => ({
          id,
          value: loggablePendingChange(value),
        })),
      },
    },
    { level: 'INFO', message: 'All pending changes rejected and emails sent' },
  ];
}

function writeLines({ hasChanged, comparison }: SyncResult, service: DosService): LogLine[] {
  if (!hasChanged) return [{ level: 'INFO', message: `No changes to save for service id ${service.id}` }];
  const lines: LogLine[] = [];
  if (comparison?.changes.some(({ kind }) => kind === 'specified')) {
    lines.push({
      level: 'INFO',
      message: `Deleting all specified opening times for service id ${service.id}`,
    });
  }
  if (service.history === null) {
    lines.push({
      level: 'WARNING',
      message: `Service history created in the database for serviceid ${service.id}`,
    });
  }
  lines.push({
    level: 'INFO',
    message: `Updates successfully committed to the DoS database for service id ${service.id}`,
  });
  return lines;
}

export function rejectedEvent(facts: EventFacts, change: PendingChange): DirectoryEvent {
  return directoryEvent(
    'pending_change.rejected',
    facts,
    'Pending change rejected',
    {
      level: 'INFO',
      change_id: change.id,
      service_id: change.serviceId,
      service_uid: change.serviceUid,
      service_name: change.serviceName,
    },
    [change.id, String(change.serviceId)],
  );
}

/** Ids and names only: what was proposed and by whom is personal (spec section 6.9). */
export function pendingChangeEvents(request: UpdateRequest, review: PendingChangeReview): DirectoryEvent[] {
  const { facts } = request;
  const rejected = review.rejected.map((change) => rejectedEvent(facts, change));
  const unreadable = review.unreadable.map((change) =>
    directoryEvent(
      'pending_change.unreadable',
      facts,
      `Invalid JSON at pending change ${change.id}, unable to show as contains sensitive user data`,
      { level: 'ERROR', change_id: change.id, service_id: change.serviceId },
      [change.id, String(change.serviceId)],
    ),
  );
  return [...rejected, ...unreadable];
}

/** The last line of a journey: the update is committed in DoS, or there was nothing to change. */
function succeededEvent(ctx: DirectoryContext, result: SyncResult): DirectoryEvent {
  const { request, service, hasChanged = false } = result;
  const { payload } = request.job;
  return directoryEvent(
    'update_request.succeeded',
    request.facts,
    'Update Request Success',
    {
      level: 'WARNING',
      ...(service ? serviceKeys(service) : { service_id: payload.serviceId }),
      changed: hasChanged,
      latency: latencyMs(ctx, request),
      sequence_number: request.sequenceNumber,
      environment: ctx.config.environment,
      [METRIC_KEY]: 'UpdateRequestSuccess',
    },
    service ? subjectsOf(service) : [String(payload.serviceId)],
  );
}

/** One attempt that failed; it is tried again, or ends with the dead letters (6.8, D-01). */
export function failedEvent(ctx: DirectoryContext, request: UpdateRequest, error: unknown): DirectoryEvent {
  return directoryEvent(
    'update_request.failed',
    request.facts,
    'Error processing update request',
    {
      level: 'ERROR',
      service_id: request.job.payload.serviceId,
      attempt: request.job.attempt,
      ...exceptionFields(error),
      environment: ctx.config.environment,
      [METRIC_KEY]: 'UpdateRequestError',
    },
    [String(request.job.payload.serviceId)],
  );
}

/** From acceptance at the endpoint to now, in milliseconds. */
export function latencyMs(ctx: DirectoryContext, { job }: UpdateRequest): number {
  return ctx.clock.now().getTime() - job.payload.receivedMs;
}

/** Log keys from the point where the service is loaded (spec section 6.8). */
function serviceKeys(service: DosService): Record<string, unknown> {
  return {
    service_id: service.id,
    service_name: service.name,
    service_uid: service.uid,
    type_id: service.typeId,
  };
}

function subjectsOf(service: DosService): string[] {
  return [String(service.id), service.uid];
}
