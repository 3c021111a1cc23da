/** Times of day are whole seconds since midnight and dates are `YYYY-MM-DD` text, so both compare directly. */

const TIME = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?$/;
const DATE = /^([a-z]{3})\s+(0?[1-9]|[12]\d|3[01])\s+(\d{4})$/i;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Seconds since midnight of a time in a change event, or null when it is not valid (6.4). */
export function parseTime(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const match = TIME.exec(value);
  if (match === null) return null;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  return hours > 23 || minutes > 59 || seconds > 59 ? null : hours * 3600 + minutes * 60 + seconds;
}

/** The date of a text like `Mar 5 2031`, or null when it is not a real date (6.4). */
export function parseDate(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const [, monthName = '', day = '', year = ''] = DATE.exec(value) ?? [];
  const month = MONTHS.indexOf(monthName.toLowerCase()) + 1;
  // Neither Python nor PostgreSQL knows a year 0 as text.
  if (month === 0 || year === '0000' || Number(day) > daysIn(Number(year), month)) return null;
  return `${year}-${twoDigits(month)}-${twoDigits(Number(day))}`;
}

/** `HH:MM` of seconds since midnight; seconds are cut off. */
export function formatHoursAndMinutes(seconds: number): string {
  return `${twoDigits(Math.floor(seconds / 3600))}:${twoDigits(Math.floor((seconds % 3600) / 60))}`;
}

/** `HH:MM:SS` of seconds since midnight. */
export function formatTime(seconds: number): string {
  return `${formatHoursAndMinutes(seconds)}:${twoDigits(seconds % 60)}`;
}

const londonFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** The wall clock in London, `YYYY-MM-DD HH:MM:SS`: what DoS users and existing readers see (4.2.3). */
export function londonWallClock(instant: Date): string {
  const parts = Object.fromEntries(
    londonFormat.formatToParts(instant).map(({ type, value }) => [type, value]),
  );
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second}`;
}

/** Today in London, `YYYY-MM-DD` (D-19). */
export function londonDate(instant: Date): string {
  return londonWallClock(instant).slice(0, 10);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
