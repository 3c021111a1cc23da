import { COLUMN_HISTORY_KEYS, type ServiceChange } from '../comparison/service-change.ts';
import { formatZCode } from '../dos/service-types.ts';
import {
  formatPeriods,
  formatPeriodsInSeconds,
  formatSpecifiedDaysInSeconds,
  WEEKDAYS,
} from '../opening-times/open-periods.ts';

export type ChangeType = 'add' | 'modify' | 'delete';

/** A change as the service history records it. The order of the members is part of the format (6.10). */
export interface HistoryChange {
  changetype: ChangeType;
  data: string | number | null | { remove?: string[]; add?: string[] };
  area: 'demographic' | 'clinical';
  previous?: string | number | string[];
}

/** The key and content a change has in the service history, or null for latitude and longitude (6.10). */
export function historyChangeOf(change: ServiceChange): { key: string; change: HistoryChange } | null {
  switch (change.kind) {
    case 'column': {
      const key = COLUMN_HISTORY_KEYS[change.column];
      return key === null ? null : { key, change: demographic(change.previous, change.value) };
    }
    case 'status':
      return { key: 'cmsorgstatus', change: demographic(change.previous, change.value) };
    case 'weekday':
      return {
        key: weekdayKey(change.weekday),
        change: openingTimes(
          formatPeriodsInSeconds(change.previous),
          formatPeriodsInSeconds(change.value),
          formatPeriods(change.previous),
        ),
      };
    case 'specified': {
      const previous = formatSpecifiedDaysInSeconds(change.previous);
      return {
        key: 'cmsopentimespecified',
        change: openingTimes(previous, formatSpecifiedDaysInSeconds(change.value), previous),
      };
    }
    case 'z_code': {
      const zCode = formatZCode(change.zCode);
      return { key: 'cmssgsdid', change: change.action === 'add' ? addedZCode(zCode) : removedZCode(zCode) };
    }
  }
}

/** `cmsopentimemonday` to `cmsopentimesunday` */
export function weekdayKey(weekday: number): string {
  return `cmsopentime${WEEKDAYS[weekday]}`;
}

function demographic(previous: string | number | null, data: string | number | null): HistoryChange {
  if (previous === null || (previous === 'None' && data !== null)) {
    return { changetype: 'add', data, area: 'demographic' };
  }
  return { changetype: data === null ? 'delete' : 'modify', data, area: 'demographic', previous };
}

function openingTimes(remove: string[], add: string[], previous: string[]): HistoryChange {
  const data = { ...(remove.length > 0 && { remove }), ...(add.length > 0 && { add }) };
  if (remove.length === 0) return { changetype: 'add', data, area: 'demographic' };
  return { changetype: add.length === 0 ? 'delete' : 'modify', data, area: 'demographic', previous };
}

function addedZCode(zCode: string): HistoryChange {
  return { changetype: 'add', data: { add: [zCode] }, area: 'clinical' };
}

function removedZCode(zCode: string): HistoryChange {
  return { changetype: 'delete', data: { remove: [zCode] }, area: 'clinical', previous: '' };
}
