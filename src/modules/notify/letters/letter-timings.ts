import { londonOffsetMs } from '../calendar/london.ts';
import type { Postage } from '../recipients/postal-address.ts';
import { BANK_HOLIDAYS } from './bank-holidays-data.ts';

export interface LetterTimings {
  readonly printedBy: Date;
  readonly earliestDelivery: Date;
  /** The latest estimate, which the API calls `estimated_delivery`. */
  readonly estimatedDelivery: Date;
}

const DAY_MS = 86_400_000;
/** Letters made after 17:30 belong to the next day. */
const CUT_OFF_MS = 6.5 * 3_600_000;
const TRANSIT_DAYS: Readonly<Record<Postage, readonly [min: number, max: number]>> = {
  first: [0, 0],
  second: [3, 4],
  economy: [3, 6],
  europe: [3, 5],
  'rest-of-world': [5, 7],
};

const holidays = new Set(BANK_HOLIDAYS);

/** When a letter is printed and delivered, by London clocks and bank holidays (public API 6.6.6). */
export function letterTimings(createdAt: Date, postage: Postage): LetterTimings {
  const printDay = nextDay(processingDay(createdAt), isWorkingDay);
  const [min, max] = TRANSIT_DAYS[postage];
  const isPostalDay = postage === 'first' ? isFirstClassDay : isWorkingDay;
  const after = (days: number) => {
    let day = printDay;
    for (let count = 0; count <= days; count += 1) day = nextDay(day, isPostalDay);
    return atLondonHour(day, 16, createdAt);
  };
  return {
    printedBy: atLondonHour(printDay, 15, createdAt),
    earliestDelivery: after(min),
    estimatedDelivery: after(max),
  };
}

/** The London day under which a letter is printed and filed, as `YYYY-MM-DD` (internals 6.10.1). */
export function printFolder(createdAt: Date): string {
  return dayText(processingDay(createdAt));
}

/** Days are midnights in UTC of the date that London clocks show. */
function processingDay(createdAt: Date): number {
  const local = createdAt.getTime() + londonOffsetMs(createdAt.getTime()) + CUT_OFF_MS;
  return Math.floor(local / DAY_MS) * DAY_MS;
}

function nextDay(day: number, counts: (day: number) => boolean): number {
  let next = day + DAY_MS;
  while (!counts(next)) next += DAY_MS;
  return next;
}

function isWorkingDay(day: number): boolean {
  return isFirstClassDay(day) && new Date(day).getUTCDay() !== 6;
}

function isFirstClassDay(day: number): boolean {
  return new Date(day).getUTCDay() !== 0 && !holidays.has(dayText(day));
}

function dayText(day: number): string {
  return new Date(day).toISOString().slice(0, 10);
}

/** Hour and minute are set; the seconds of the letter's making stay, as in the original. */
function atLondonHour(day: number, hour: number, createdAt: Date): Date {
  const local = day + hour * 3_600_000 + (createdAt.getTime() % 60_000);
  return new Date(local - londonOffsetMs(local));
}

/** Whether the printer works on a London day. */
export function isPrintDay(day: string): boolean {
  return isWorkingDay(Date.parse(`${day}T00:00:00Z`));
}

/** The printer's working day so many of them before a day. */
export function printDaysBefore(day: string, days: number): string {
  let time = Date.parse(`${day}T00:00:00Z`);
  for (let left = days; left > 0; ) {
    time -= DAY_MS;
    if (isWorkingDay(time)) left -= 1;
  }
  return dayText(time);
}
