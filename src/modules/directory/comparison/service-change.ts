import type { ZCode } from '../dos/service-types.ts';
import type { OpenPeriod, SpecifiedDay } from '../opening-times/open-periods.ts';

/** The keys of demographic columns in the service history; latitude and longitude have none (6.10). */
export const COLUMN_HISTORY_KEYS = {
  web: 'cmsurl',
  publicphone: 'cmstelephoneno',
  address: 'postaladdress',
  postcode: 'postalcode',
  town: 'cmsorgtown',
  easting: 'cmseastings',
  northing: 'cmsnorthings',
  latitude: null,
  longitude: null,
} as const;

export type ChangedColumn = keyof typeof COLUMN_HISTORY_KEYS;

/** One difference to write to DoS. Their order is the order of the keys in the service history (6.8). */
export type ServiceChange =
  | {
      kind: 'column';
      column: ChangedColumn;
      previous: string | number | null;
      /** Null is written as empty text (4.2.3). */
      value: string | number | null;
    }
  | { kind: 'status'; statusId: number; previous: string; value: 'active' | 'closed' }
  | { kind: 'weekday'; weekday: number; previous: OpenPeriod[]; value: OpenPeriod[] }
  | { kind: 'specified'; previous: SpecifiedDay[]; value: SpecifiedDay[] }
  | { kind: 'z_code'; action: 'add' | 'delete'; zCode: ZCode };
