// Every date-time of the contract is a clock in London without offset (spec, conventions).
const LONDON = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/London',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** `yyyy-MM-ddTHH:mm:ss`, as a clock in London shows it. */
export function toLocalDateTime(time: Date): string {
  const parts: Record<string, string> = {};
  for (const { type, value } of LONDON.formatToParts(time)) parts[type] = value;
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}`;
}

/** The instant of a local date-time; in the autumn hour that comes twice, the first one. */
export function fromLocalDateTime(text: string): Date {
  const asUtc = Date.parse(`${text}Z`);
  // London is at most an hour ahead: the earlier candidate counts when a clock shows the text at it.
  const earlier = new Date(asUtc - 3_600_000);
  return toLocalDateTime(earlier) === text.slice(0, 19) ? earlier : new Date(asUtc);
}

/**
 * A local date-time from a request, seconds and fraction optional, in full; undefined when the text is none. The
 * calendar is checked: 30 February is no date.
 */
export function readLocalDateTime(text: string): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?$/.exec(text);
  if (!match) return undefined;
  const full = `${match[1]}T${match[2]}:${match[3]}:${match[4] ?? '00'}`;
  const parsed = new Date(`${full}Z`);
  if (Number.isNaN(parsed.getTime())) return undefined;
  return parsed.toISOString().slice(0, 19) === full ? full : undefined;
}

/** As the original prints it in queries and telemetry: seconds dropped when they are zero. */
export function shortDateTime(text: string): string {
  return text.endsWith(':00') && text.length === 19 ? text.slice(0, 16) : text;
}

/** The date a year later; 29 February becomes 28 February. */
export function oneYearAfter(date: string): string {
  const next = `${Number(date.slice(0, 4)) + 1}${date.slice(4)}`;
  return next.endsWith('-02-29') ? next.replace('-29', '-28') : next;
}

/** Whole minutes since a local date-time such as a migration id. */
export function minutesSince(local: string, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - fromLocalDateTime(local).getTime()) / 60_000));
}
