import type { EventInput } from '#platform/events';
import type { Metrics } from '#platform/telemetry';

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
    latency: metrics.histogram(
      'signalbox_directory_event_to_dos_seconds',
      'Time from acceptance of a change event to its commit in DoS',
    ),
  };
}

/** Counts what was recorded; called after the commit, because a batch that rolls back has reported nothing. */
export function countReported(metrics: DirectoryMetrics, events: EventInput[]): void {
  for (const { name, properties } of events) {
    if (name === 'service.updated') metrics.updates.inc({ field: String(properties.data_field_modified) });
    if (name === 'report.raised') metrics.reports.inc({ report_key: String(properties.report_key) });
  }
}

/** Facts every line about one change event carries: spec section 8.3.1. */
export interface EventFacts {
  correlationId: string | null;
  odsCode: string;
}

/** `message` and the specification's snake_case keys are what people search and report on. */
export function directoryEvent(
  name: string,
  facts: EventFacts,
  message: string,
  properties: Record<string, unknown>,
  subjects: string[] = [],
): EventInput {
  return {
    name,
    correlationId: facts.correlationId,
    subjects: [facts.odsCode, ...subjects],
    properties: { message, ods_code: facts.odsCode, ...properties },
  };
}
