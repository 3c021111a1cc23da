import type { LogLine } from './log-line.ts';

export const REPORT_KEYS = [
  'UNMATCHED_PHARMACY',
  'HIDDEN_OR_CLOSED',
  'INVALID_OPEN_TIMES',
  'MISSING_SERVICE_TYPE',
  'BLANK_STANDARD_OPENINGS',
  'GENERIC_BANK_HOLIDAY',
  'INVALID_POSTCODE',
  'GENERIC_CHANGE_EVENT_ERROR',
  'SERVICE_UPDATE',
  'QUALITY_CHECK_REPORT_KEY',
] as const;

export type ReportKey = (typeof REPORT_KEYS)[number];

/** A finding that DoS leads receive as a report (8.3.1). */
export interface Report {
  key: ReportKey;
  message: string;
  fields: Record<string, unknown>;
  /** The service whose region belongs into the report. Regions are looked up once per batch, after comparing. */
  regionOf?: number;
  metric?: string;
}

/** The log line of a report, always at WARNING because only such lines are shipped (8.1). */
export function reportLine(report: Report, regions: ReadonlyMap<number, string>): LogLine {
  const { key, message, regionOf, metric } = report;
  const fields: Record<string, unknown> = { report_key: key, ...report.fields };
  if (regionOf !== undefined) fields.dos_region = regions.get(regionOf) ?? 'Region not found';
  return { level: 'WARNING', message, fields, ...(metric !== undefined && { metric }) };
}

/** The services whose region must be known before these reports can be written. */
export function regionsNeeded(reports: Report[]): number[] {
  return [...new Set(reports.flatMap(({ regionOf }) => regionOf ?? []))];
}
