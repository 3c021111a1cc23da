import type { NhsEntity } from '../change-events/nhs-entity.ts';
import type { DosLocation, DosService } from '../dos/dos-service.ts';
import type { LogLine } from '../reports/log-line.ts';
import type { Report } from '../reports/report.ts';
import type { ServiceChange } from './service-change.ts';

/** One DoS service beside one change event, and what comparing them has found so far. */
export interface Comparison {
  readonly service: DosService;
  readonly entity: NhsEntity;
  readonly surroundings: Surroundings;
  changes: ServiceChange[];
  reports: Report[];
  remarks: LogLine[];
}

/** Facts from elsewhere in DoS that a comparison needs. */
export interface Surroundings {
  /** The date in London, `YYYY-MM-DD`. */
  today: string;
  /** Rows of `locations` in database order, by postcode in normal form. */
  locations: ReadonlyMap<string, DosLocation[]>;
  /** The Z codes that exist in DoS, each as `360=14167`. */
  knownZCodes: ReadonlySet<string>;
}

/** What the specification gives no words for: printed when everything is wanted. */
export function debug({ remarks }: Comparison, message: string): void {
  remarks.push({ level: 'DEBUG', message });
}

export function info({ remarks }: Comparison, message: string, fields?: Record<string, unknown>): void {
  remarks.push({ level: 'INFO', message, ...(fields !== undefined && { fields }) });
}

export function warn({ remarks }: Comparison, message: string): void {
  remarks.push({ level: 'WARNING', message });
}
