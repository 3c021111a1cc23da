import { cycle } from './cycle.ts';
import { pick } from './dice.ts';
import type { ProfilePeriod } from './profile.ts';

type Pattern = { weekdays: string; saturday: string; sunday: string };

const PATTERNS: readonly [Pattern, ...Pattern[]] = [
  { weekdays: '9-17.5', saturday: '9-13', sunday: '' },
  { weekdays: '9-18', saturday: '9-17.5', sunday: '' },
  { weekdays: '9-13 14-18', saturday: '9-12.5', sunday: '' },
  { weekdays: '8.5-13 13.5-18.5', saturday: '', sunday: '' },
  { weekdays: '9-17.5', saturday: '', sunday: '' },
  { weekdays: '8-20', saturday: '8-20', sunday: '10-16' },
  { weekdays: '7-22', saturday: '7-22', sunday: '10-17' },
];

/** The weekly opening times of a pharmacy; each turn moves the end of every period by some minutes. */
export function profileWeek(odsCode: string, turn: number): ProfilePeriod[][] {
  const { weekdays, saturday, sunday } = pick(PATTERNS, odsCode, 'week');
  return [weekdays, weekdays, weekdays, weekdays, weekdays, saturday, sunday].map((hours) =>
    parseHours(hours, turn),
  );
}

function parseHours(hours: string, turn: number): ProfilePeriod[] {
  // Five minutes at a time for less than half an hour never lets two periods touch.
  const extra = cycle(turn, 5) * 300;
  return hours
    .split(' ')
    .filter((text) => text !== '')
    .map((text) => {
      const [start = 0, end = 0] = text.split('-').map(Number);
      return { start: start * 3600, end: end * 3600 - 1800 + extra };
    });
}
