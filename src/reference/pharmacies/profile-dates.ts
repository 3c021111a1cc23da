import { roll } from './dice.ts';
import type { ProfileDate } from './profile.ts';

// Fixed and far away: a date that passes would turn an unchanged pharmacy into a changed one.
const CHRISTMAS = '2044-12-25';
const BOXING_DAY = '2044-12-26';

/** The calendar dates on which a pharmacy has other times: some have none, and each turn moves one date. */
export function profileDates(odsCode: string, turn: number): ProfileDate[] {
  const kind = roll(10, odsCode, 'dates');
  const dates: ProfileDate[] = [];
  if (turn > 0) {
    const day = String(1 + (turn % 28)).padStart(2, '0');
    dates.push({ date: `2044-11-${day}`, periods: [{ start: 36000, end: 57600 }] });
  }
  if (kind < 3) dates.push({ date: CHRISTMAS, periods: [] });
  if (kind === 0) dates.push({ date: BOXING_DAY, periods: [{ start: 36000, end: 50400 }] });
  return dates;
}
