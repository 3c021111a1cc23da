import { isJsonObject, type JsonObject, type JsonValue } from '../change-events/lossless-json.ts';
import {
  arePeriodsValid,
  emptyWeek,
  type OpenPeriod,
  type SpecifiedDay,
  WEEKDAYS,
  type Week,
} from './open-periods.ts';
import { parseDate, parseTime } from './times.ts';

/** What a change event says about opening times (6.4). */
export interface NhsOpeningTimes {
  standard: Week;
  /** One entry per date in order of date (D-20), past dates included. */
  specified: SpecifiedDay[];
  /** False when any element is misformatted or the times contradict each other: no time is then compared. */
  areAllValid: boolean;
}

/** Parses the elements of `OpeningTimes`; anything but an array counts as no element (D-11). */
export function parseNhsOpeningTimes(elements: JsonValue | undefined): NhsOpeningTimes {
  const standard = emptyWeek();
  const closedWeekdays = new Set<number>();
  const byDate = new Map<string, SpecifiedDay>();
  let areAllValid = true;
  for (const element of Array.isArray(elements) ? elements : []) {
    const hours = isJsonObject(element) ? parseHours(element) : null;
    const place = hours === null ? null : parsePlace(element as JsonObject);
    if (hours === null || place === null) {
      areAllValid = false;
    } else if ('weekday' in place) {
      if (hours === 'closed') closedWeekdays.add(place.weekday);
      else standard[place.weekday]?.push(hours);
    } else {
      addToDate(byDate, place.date, hours);
    }
  }
  areAllValid &&= standard.every(
    (periods, weekday) => arePeriodsValid(periods) && !(closedWeekdays.has(weekday) && periods.length > 0),
  );
  const specified = [...byDate.values()].sort((a, b) => (a.date < b.date ? -1 : 1));
  areAllValid &&= specified.every(
    (day) => arePeriodsValid(day.periods) && day.isOpen === day.periods.length > 0,
  );
  return { standard, specified, areAllValid };
}

function addToDate(byDate: Map<string, SpecifiedDay>, date: string, hours: OpenPeriod | 'closed'): void {
  const day = byDate.get(date) ?? { date, isOpen: true, periods: [] };
  byDate.set(date, day);
  if (hours === 'closed') day.isOpen = false;
  else day.periods.push(hours);
}

/** The weekday or the date an element is for, or null when it is neither a standard nor a specified element. */
function parsePlace(element: JsonObject): { weekday: number } | { date: string } | null {
  const type = upperCase(element.OpeningTimeType);
  if (type === 'GENERAL' && isMissing(element.AdditionalOpeningDate)) {
    const weekday = WEEKDAYS.findIndex((name) => name.toUpperCase() === upperCase(element.Weekday));
    return weekday < 0 ? null : { weekday };
  }
  const date = type === 'ADDITIONAL' ? parseDate(element.AdditionalOpeningDate) : null;
  return date === null ? null : { date };
}

function parseHours({ IsOpen, OpeningTime, ClosingTime }: JsonObject): OpenPeriod | 'closed' | null {
  if (IsOpen === false) return isMissing(OpeningTime) && isMissing(ClosingTime) ? 'closed' : null;
  if (IsOpen !== true) return null;
  const [start, end] = [parseTime(OpeningTime), parseTime(ClosingTime)];
  return start === null || end === null ? null : { start, end };
}

function isMissing(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === '';
}

function upperCase(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value.toUpperCase() : '';
}
