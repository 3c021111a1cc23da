/** Whether something is due in the minute that a slot begins: all times are UTC. */
export type Due = (slot: Date) => boolean;

const MINUTE_MS = 60_000;

/** The usual five fields: numbers, `*`, steps, ranges and lists of those; Sunday is 0. Throws for anything else. */
export function cron(expression: string): Due {
  const fields = expression.split(' ');
  if (fields.length !== 5) throw new Error(`"${expression}" has not five fields`);
  const [minutes, hours, days, months, weekdays] = RANGES.map((range, place) =>
    readField(fields[place] ?? '', range, expression),
  );
  return (slot) =>
    Boolean(
      minutes?.has(slot.getUTCMinutes()) &&
        hours?.has(slot.getUTCHours()) &&
        days?.has(slot.getUTCDate()) &&
        months?.has(slot.getUTCMonth() + 1) &&
        weekdays?.has(slot.getUTCDay()),
    );
}

const RANGES = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;

function readField(field: string, [least, most]: readonly [number, number], expression: string): Set<number> {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part);
    if (!match) throw new Error(`"${expression}" is not understood at "${part}"`);
    const [, from, to, step] = match.map((text) => (text === undefined ? undefined : Number(text)));
    const first = from ?? least;
    const last = to ?? (from === undefined ? most : from);
    if (first < least || last > most) throw new Error(`"${expression}" is out of range at "${part}"`);
    for (let value = first; value <= last; value += step ?? 1) values.add(value);
  }
  return values;
}

/** Every so many minutes, however they divide the hour. */
export function everyMinutes(minutes: number): Due {
  return (slot) => Math.floor(slot.getTime() / MINUTE_MS) % minutes === 0;
}

/** The first Tuesday of a month, or the day after it. */
export function afterFirstTuesday(days: number, hour: number): Due {
  const isHour = cron(`0 ${hour} * * *`);
  return (slot) => {
    const tuesday = new Date(slot.getTime() - days * 24 * 60 * MINUTE_MS);
    return isHour(slot) && tuesday.getUTCDay() === 2 && tuesday.getUTCDate() <= 7;
  };
}
