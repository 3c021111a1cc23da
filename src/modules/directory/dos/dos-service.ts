import type { OpenPeriod, SpecifiedDay, Week } from '../opening-times/open-periods.ts';
import type { LogLine } from '../reports/log-line.ts';

/** What matching needs to know of a DoS service (6.5). */
export interface MatchedService {
  id: number;
  uid: string;
  name: string;
  odsCode: string | null;
  address: string | null;
  postcode: string | null;
  typeId: number;
  typeName: string;
  statusId: number;
  statusName: string;
}

/** A DoS service with everything that a change event may change (6.8). */
export interface DosService extends MatchedService {
  publicName: string | null;
  town: string | null;
  web: string | null;
  publicPhone: string | null;
  easting: number | null;
  northing: number | null;
  latitude: number | null;
  longitude: number | null;
  standardTimes: Week;
  bankHolidayTimes: OpenPeriod[];
  specifiedTimes: SpecifiedDay[];
  /** Symptom groups and discriminators of the service, each as `360=14167`. */
  zCodes: ReadonlySet<string>;
  /** The text of its `servicehistories` row, or null when there is none. */
  history: string | null;
  /** What was odd about the rows it was read from. */
  remarks: LogLine[];
}

/** A row of `locations` that a postcode may stand for. */
export interface DosLocation {
  postcode: string;
  town: string | null;
  easting: number | null;
  northing: number | null;
  latitude: number | null;
  longitude: number | null;
}
