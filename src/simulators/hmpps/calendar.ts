const DAY_MS = 86_400_000;

/** Today in London, as days since 1970. */
export function londonDay(now: Date): number {
  return dayNumber(LONDON_DATE.format(now)) ?? 0;
}

const LONDON_DATE = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/London',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

/** The time now in London as seconds of `localDateTime`. */
export function londonSeconds(now: Date): number {
  const parts = LONDON_TIME.format(now).split(':').map(Number);
  return londonDay(now) * 86_400 + (parts[0] ?? 0) * 3600 + (parts[1] ?? 0) * 60 + (parts[2] ?? 0);
}

const LONDON_TIME = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

const dayTexts = new Map<number, string>();

/** `yyyy-MM-dd` of a day; kept, because a few thousand days are printed millions of times. */
export function dateText(day: number): string {
  const known = dayTexts.get(day);
  if (known !== undefined) return known;
  const text = new Date(day * DAY_MS).toISOString().slice(0, 10);
  if (dayTexts.size < 100_000) dayTexts.set(day, text);
  return text;
}

/** Days since 1970 of `yyyy-MM-dd`; undefined when there is no such day. */
export function dayNumber(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const day = Date.parse(`${text}T00:00:00Z`) / DAY_MS;
  return Number.isInteger(day) && dateText(day) === text ? day : undefined;
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** `yyyy-MM-ddTHH:mm:ss` of seconds since 1970 on the wall clock, which knows no zone. */
export function localDateTime(seconds: number): string {
  const day = Math.floor(seconds / 86_400);
  const rest = seconds - day * 86_400;
  const hour = Math.floor(rest / 3600);
  const minute = Math.floor((rest % 3600) / 60);
  return `${dateText(day)}T${TWO_DIGITS[hour]}:${TWO_DIGITS[minute]}:${TWO_DIGITS[rest % 60]}`;
}

/** Seconds on the wall clock of an ISO local date-time, whose seconds and fraction may be missing; undefined if it is none. */
export function localSeconds(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?$/.exec(text);
  const day = match?.[1] === undefined ? undefined : dayNumber(match[1]);
  if (!match || day === undefined) return undefined;
  const [hour, minute, second] = [Number(match[2]), Number(match[3]), Number(match[4] ?? 0)];
  return hour > 23 || minute > 59 || second > 59
    ? undefined
    : day * 86_400 + hour * 3600 + minute * 60 + second;
}
