import { formatHoursAndMinutes, formatTime } from './times.ts';

/** A time of the day during which a pharmacy is open, in whole seconds since midnight. */
export interface OpenPeriod {
  start: number;
  end: number;
}

/** Opening times of one calendar date. A closed date has no periods, unless its source contradicts itself. */
export interface SpecifiedDay {
  date: string;
  isOpen: boolean;
  periods: OpenPeriod[];
}

/** The periods of each weekday, Monday first. */
export type Week = OpenPeriod[][];

export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;

export function emptyWeek(): Week {
  return WEEKDAYS.map(() => []);
}

export function sortPeriods(periods: OpenPeriod[]): OpenPeriod[] {
  return periods.length < 2 ? periods : periods.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

/** Equal as sorted lists of (start, end) to the second (6.4). */
export function arePeriodsEqual(a: OpenPeriod[], b: OpenPeriod[]): boolean {
  if (a.length !== b.length) return false;
  const right = sortPeriods(b);
  return sortPeriods(a).every(({ start, end }, at) => start === right[at]?.start && end === right[at]?.end);
}

/** Every period ends after it starts and none touches another: 09:00-12:00 with 12:00-17:00 overlaps (6.4). */
export function arePeriodsValid(periods: OpenPeriod[]): boolean {
  let previousEnd = -1;
  return sortPeriods(periods).every(({ start, end }) => {
    const isValid = start < end && start > previousEnd;
    previousEnd = end;
    return isValid;
  });
}

/** Equal as multisets of (date, open or closed, sorted periods) (6.4). */
export function areSpecifiedDaysEqual(a: SpecifiedDay[], b: SpecifiedDay[]): boolean {
  if (a.length !== b.length) return false;
  const keys = a.map(specifiedDayKey).sort();
  return b
    .map(specifiedDayKey)
    .sort()
    .every((key, at) => key === keys[at]);
}

function specifiedDayKey({ date, isOpen, periods }: SpecifiedDay): string {
  return `${date} ${isOpen} ${formatPeriodsInSeconds(periods).join()}`;
}

/** `32400-61200` per period, sorted: the form of the service history (6.10). */
export function formatPeriodsInSeconds(periods: OpenPeriod[]): string[] {
  return sortPeriods(periods).map(({ start, end }) => `${start}-${end}`);
}

/** `09:00-17:00` per period, sorted. */
export function formatPeriods(periods: OpenPeriod[]): string[] {
  return sortPeriods(periods).map(
    ({ start, end }) => `${formatHoursAndMinutes(start)}-${formatHoursAndMinutes(end)}`,
  );
}

/** `09:00:00-17:00:00`: the form of log lines about bank holidays. */
export function formatPeriodWithSeconds({ start, end }: OpenPeriod): string {
  return `${formatTime(start)}-${formatTime(end)}`;
}

/** `2031-03-05-32400-61200` per period or `2031-03-05-closed`, day by day. */
export function formatSpecifiedDaysInSeconds(days: SpecifiedDay[]): string[] {
  return days.flatMap((day) => formatDay(day, formatPeriodsInSeconds));
}

/** `2031-03-05-09:00-17:00` per period or `2031-03-05-closed`, day by day. */
export function formatSpecifiedDays(days: SpecifiedDay[]): string[] {
  return days.flatMap((day) => formatDay(day, formatPeriods));
}

function formatDay(
  { date, isOpen, periods }: SpecifiedDay,
  format: (periods: OpenPeriod[]) => string[],
): string[] {
  return isOpen ? format(periods).map((period) => `${date}-${period}`) : [`${date}-closed`];
}
