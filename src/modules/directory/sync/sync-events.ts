import type { EventInput } from '#platform/events';
import { entityLogKeys } from '../change-events/nhs-entity.ts';
import type { DirectoryContext } from '../context.ts';
import type { DosService } from '../dos/dos-service.ts';
import { directoryEvent, type EventFacts } from '../events.ts';
import { type Report, reportLine } from '../reports/report.ts';
import { lineEvent } from '../tasks/line-event.ts';
import type { SyncResult, UpdateRequest } from './apply-updates.ts';
import type { PendingChangeReview } from './pending-changes.ts';

/** Reports of one comparison and one event for each field it changed, in the order of the history entry. */
export function comparisonEvents(
  ctx: DirectoryContext,
  item: { request: UpdateRequest; service: DosService },
  reports: { findings: Report[]; updates: Report[]; regions: ReadonlyMap<number, string> },
): EventInput[] {
  const { request, service } = item;
  const { findings, updates, regions } = reports;
  const facts = factsOf(request);
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
  facts: EventFacts,
  updates: Report[],
  regions: ReadonlyMap<number, string>,
  surroundings: Parameters<typeof lineEvent>[3],
): EventInput[] {
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

/** Ids and names only: what was proposed and by whom is personal (spec section 6.9). */
export function pendingChangeEvents(request: UpdateRequest, review: PendingChangeReview): EventInput[] {
  const facts = factsOf(request);
  const rejected = review.rejected.map((change) =>
    directoryEvent(
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
    ),
  );
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
export function succeededEvent(ctx: DirectoryContext, result: SyncResult): EventInput {
  const { request, service, hasChanged = false } = result;
  const { payload } = request.job;
  return directoryEvent(
    'update_request.succeeded',
    factsOf(request),
    hasChanged ? 'Update Request Success' : `No changes to save for service id ${payload.serviceId}`,
    {
      level: 'WARNING',
      ...(service ? serviceKeys(service) : { service_id: payload.serviceId }),
      changed: hasChanged,
      latency: latencyMs(ctx, request),
      sequence_number: request.sequenceNumber,
      remarks: (result.remarks ?? []).map(({ level, message }) => `${level} ${message}`),
      environment: ctx.config.environment,
      cloudwatch_metric_filter_matching_attribute: 'UpdateRequestSuccess',
    },
    service ? subjectsOf(service) : [String(payload.serviceId)],
  );
}

/** From acceptance at the endpoint to now, in milliseconds. */
export function latencyMs(ctx: DirectoryContext, { job }: UpdateRequest): number {
  return ctx.clock.now().getTime() - job.payload.receivedMs;
}

function factsOf({ job }: UpdateRequest): EventFacts {
  return {
    correlationId: job.correlationId,
    odsCode: job.payload.odsCode,
  };
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
