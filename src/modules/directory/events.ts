import type { EventInput, ModuleRegister } from '#platform/events';
import type { Metrics } from '#platform/telemetry';
import { SIGNALS, UPDATED_FIELD } from './alarms/alarm-rules.ts';
import type { Signals } from './alarms/signals.ts';
import { isMetricAttribute, METRIC_NAMES } from './reports/metrics.ts';

/** Counters of what people watch: one for each stage, few labels. */
export type DirectoryMetrics = ReturnType<typeof createDirectoryMetrics>;

export function createDirectoryMetrics(metrics: Metrics) {
  return {
    accepted: metrics.counter(
      'signalbox_directory_change_events_accepted_total',
      'Change events answered with 200',
    ),
    ingested: metrics.counter(
      'signalbox_directory_change_events_ingested_total',
      'Change events ingest has dealt with, by what became of them',
      ['outcome'],
    ),
    reports: metrics.counter('signalbox_directory_reports_total', 'Report events by key', ['report_key']),
    updates: metrics.counter('signalbox_directory_service_updates_total', 'Fields written to DoS', ['field']),
    dosConnections: metrics.gauge(
      'signalbox_directory_dos_connections',
      'Connections to the Directory of Services that this product holds, of all its processes',
    ),
    dosReplicaLag: metrics.gauge(
      'signalbox_directory_dos_replica_lag_seconds',
      'How far the read replica of the Directory of Services is behind',
    ),
    latency: metrics.histogram(
      'signalbox_directory_event_to_dos_seconds',
      'Time from acceptance of a change event to its commit in DoS',
    ),
  };
}

/** Counts reports once they are committed: a batch that rolls back has reported nothing. */
export function countReports(metrics: DirectoryMetrics, events: readonly DirectoryEvent[]): void {
  for (const { name, properties } of events) {
    if (name === 'report.raised') metrics.reports.inc({ report_key: String(properties.report_key) });
  }
}

/** Counts what a line with this attribute stands for, by the names of the metrics (8.4). */
export function countMetric(
  { metrics, signals }: { metrics: DirectoryMetrics; signals: Signals },
  attribute: string,
  properties: Record<string, unknown>,
): void {
  signals.count('release', isMetricAttribute(attribute) ? METRIC_NAMES[attribute] : attribute);
  if (attribute === 'UpdateRequestSuccess')
    signals.measure('release', SIGNALS.latency, Number(properties.latency));
  if (attribute === 'ServiceUpdate') {
    const field = String(properties.data_field_modified);
    metrics.updates.inc({ field });
    signals.count('release', `${UPDATED_FIELD}${field}`);
  }
}

/** Facts every line about one change event carries: spec sections 8.1 and 8.3.1. */
export interface EventFacts {
  correlationId: string | null;
  odsCode: string | null;
  /** Names one run of a worker on one message; each event without it gets its own. */
  requestId?: string;
  /** W3C trace context of the request that it all began with. */
  traceparent?: string | null;
}

/** An event of the register that is also a line of the log. */
export interface DirectoryEvent extends EventInput {
  facts: EventFacts;
  /** The line is printed, and is not worth a row of the register. */
  isLineOnly?: boolean;
  /** The row of the register for lines that are printed one by one. */
  isRowOnly?: boolean;
}

/** `message` and the specification's snake_case keys are what people search and report on. */
export function directoryEvent(
  name: string,
  facts: EventFacts,
  message: string,
  properties: Record<string, unknown>,
  subjects: string[] = [],
): DirectoryEvent {
  const { odsCode } = facts;
  return {
    name,
    facts,
    correlationId: facts.correlationId,
    subjects: odsCode === null ? subjects : [odsCode, ...subjects],
    properties: odsCode === null ? { message, ...properties } : { message, ods_code: odsCode, ...properties },
  };
}

/** A line of the log that the register does not need. */
export function lineOnly(
  name: string,
  facts: EventFacts,
  line: { level: string; message: string; fields?: Record<string, unknown> },
): DirectoryEvent {
  const { level, message, fields } = line;
  return { ...directoryEvent(name, facts, message, { level, ...fields }), isLineOnly: true };
}

/**
 * The events of one moment as one row of the register, under the name of `main`: written one by one they would be half of
 * its cost. `properties` are what all of them share.
 */
export function sharedRow(
  main: DirectoryEvent,
  events: DirectoryEvent[],
  properties: Record<string, unknown>,
): DirectoryEvent {
  const each = events.flatMap((event) =>
    (event.each ?? [{}]).map((member) => ({
      ...(event.name === main.name ? {} : { eventName: event.name }),
      ...withoutKeys({ ...event.properties, ...member }, properties),
    })),
  );
  return { ...main, properties, each, isRowOnly: true };
}

/** The event as a line alone, because a row that it shares with others is there too. */
export function printedOnly(event: DirectoryEvent): DirectoryEvent {
  return { ...event, isLineOnly: true };
}

function withoutKeys(
  fields: Record<string, unknown>,
  known: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !Object.hasOwn(known, name)));
}

/** The register without what is only printed. */
export function recordedEvents(register: ModuleRegister): ModuleRegister {
  return {
    ...register,
    append: (handle, events: (EventInput & { isLineOnly?: boolean })[]) =>
      register.append(
        handle,
        events.filter((event) => event.isLineOnly !== true),
      ),
  };
}
