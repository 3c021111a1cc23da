// Times as the admin website reads them; which field has which form is listed in internals section 3.1.

/** `YYYY-MM-DD HH:MM:SS.ffffff` in UTC. */
export function plainTimestamp(time: Date): string;
export function plainTimestamp(time: Date | null): string | null;
export function plainTimestamp(time: Date | null): string | null {
  return time === null ? null : `${time.toISOString().replace('T', ' ').slice(0, -1)}000`;
}

/** `Tue, 04 Aug 2026 09:00:00 GMT`. */
export function httpDate(time: Date | null): string | null {
  return time === null ? null : time.toUTCString();
}

/** ISO 8601 without a zone, with microseconds where there are any, as Python prints a naive time. */
export function naiveIso(time: Date): string {
  const text = time.toISOString().slice(0, -1);
  return text.endsWith('.000') ? text.slice(0, -4) : `${text}000`;
}

const LONDON = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/London',
  dateStyle: 'short',
  timeStyle: 'medium',
});

/** `YYYY-MM-DD HH:MM:SS` on the clocks of London. */
export function londonTime(time: Date): string {
  return LONDON.format(time);
}

/** ISO 8601 with the offset of UTC written out. */
export function isoWithOffset(time: Date): string {
  return time.toISOString().replace(/(\.\d+)?Z$/, '+00:00');
}
