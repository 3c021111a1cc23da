import type { LogLine } from '../reports/log-line.ts';
import {
  emptyWeek,
  formatPeriodWithSeconds,
  type OpenPeriod,
  type SpecifiedDay,
  WEEKDAYS,
  type Week,
} from './open-periods.ts';

/** Day name, start and end in seconds: one joined row of `servicedayopenings` and `servicedayopeningtimes`. */
export type StandardTimeRow = [dayName: string, start: number, end: number];
/** Date, start, end and whether closed, ordered by date and start. */
export type SpecifiedTimeRow = [date: string, start: number, end: number, isClosed: boolean];

export interface DosStandardTimes {
  standard: Week;
  /** Periods of the pseudo weekday `BankHoliday`, which is reported and never written. */
  bankHoliday: OpenPeriod[];
  remarks: LogLine[];
}

const DAY_INDEX = new Map<string, number>(WEEKDAYS.map((name, index) => [name, index]));

/** The weekly pattern that DoS holds, however inconsistent it is (6.4). */
export function readStandardTimeRows(rows: StandardTimeRow[]): DosStandardTimes {
  const standard = emptyWeek();
  const bankHoliday: OpenPeriod[] = [];
  const remarks: LogLine[] = [];
  for (const [dayName, start, end] of rows) {
    const day = dayName.toLowerCase();
    const period = { start, end };
    const weekday = DAY_INDEX.get(day);
    if (weekday !== undefined) {
      standard[weekday]?.push(period);
    } else if (day === 'bankholiday') {
      bankHoliday.push(period);
      remarks.push({
        level: 'WARNING',
        message: `A generic bank holiday OpenPeriod '${formatPeriodWithSeconds(period)}' was found. This will be ignored.`,
      });
    } else {
      remarks.push({
        level: 'ERROR',
        message: `Opening times of the unknown day '${dayName}' were found. They will be ignored.`,
      });
    }
  }
  return { standard, bankHoliday, remarks };
}

/** The calendar dates that DoS holds. One closed row closes its date; the other rows of the date stay visible. */
export function readSpecifiedTimeRows(rows: SpecifiedTimeRow[]): SpecifiedDay[] {
  const byDate = new Map<string, SpecifiedDay>();
  for (const [date, start, end, isClosed] of rows) {
    const day = byDate.get(date) ?? { date, isOpen: true, periods: [] };
    byDate.set(date, day);
    if (isClosed) day.isOpen = false;
    else day.periods.push({ start, end });
  }
  return [...byDate.values()];
}
