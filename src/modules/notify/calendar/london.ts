// London's civil time. A day is the text `YYYY-MM-DD`; midnight exists once on every day, since clocks change at 1:00 UTC.

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** How far London clocks are ahead of UTC: summer time runs from the last Sunday of March to that of October, 1:00 UTC. */
export function londonOffsetMs(time: number): number {
  const year = new Date(time).getUTCFullYear();
  const isSummer = time >= lastSundayOf(year, 2) && time < lastSundayOf(year, 9);
  return isSummer ? 3_600_000 : 0;
}

/** The day that London calendars show. */
export function londonDay(time: Date): string {
  return dayText(time.getTime() + londonOffsetMs(time.getTime()));
}

/** The instant a London day begins. */
export function londonMidnight(day: string): Date {
  return londonTime(day, 0);
}

/** The instant when London clocks show so many minutes after midnight; of an hour that comes twice, the second. */
export function londonTime(day: string, minutes: number): Date {
  const local = Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE_MS;
  // Offset before a change of clocks, then of the instant found: only the hour that is missing in March differs.
  return new Date(local - londonOffsetMs(local - londonOffsetMs(local)));
}

/** Minutes that London clocks show since midnight. */
export function londonMinutes(time: Date): number {
  const local = time.getTime() + londonOffsetMs(time.getTime());
  return Math.floor((local % DAY_MS) / MINUTE_MS);
}

export function addDays(day: string, days: number): string {
  return dayText(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS);
}

/** 1 is Monday, 7 Sunday. */
export function weekday(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
}

/** The year that a financial year starts in: from 1 April. */
export function financialYearOf(day: string): number {
  return Number(day.slice(0, 4)) - (day.slice(5) < '04-01' ? 1 : 0);
}

function dayText(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function lastSundayOf(year: number, month: number): number {
  const lastDay = new Date(Date.UTC(year, month + 1, 0, 1));
  return lastDay.getTime() - lastDay.getUTCDay() * DAY_MS;
}
