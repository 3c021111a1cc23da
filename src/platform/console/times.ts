const LONDON = 'Europe/London';

const minutePrecise = new Intl.DateTimeFormat('en-GB', {
  timeZone: LONDON,
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

const londonParts = new Intl.DateTimeFormat('en-GB', {
  timeZone: LONDON,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** `3 Mar 2026, 14:05:06`, as a clock in London shows it. */
export function formatLondon(time: Date): string {
  return minutePrecise.format(time).replace('Sept', 'Sep');
}

const dayWords = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});

/** A calendar day such as `2026-03-03` in words: `Tue 3 Mar 2026`. */
export function formatDay(day: string): string {
  return dayWords
    .format(new Date(`${day}T00:00:00Z`))
    .replace('Sept', 'Sep')
    .replace(',', '');
}

const zoneName = new Intl.DateTimeFormat('en-GB', { timeZone: LONDON, timeZoneName: 'short' });

/** `GMT` or `BST`, whichever clocks in London show at that time. */
export function londonZone(time: Date): string {
  return zoneName.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? 'UK';
}

/** A span in the two largest units that matter: `850 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `4 days 3 h`. */
export function formatSpan(ms: number): string {
  const positive = Math.max(0, ms);
  if (positive < 1_000) return `${Math.round(positive)} ms`;
  if (positive < 10_000) return `${(positive / 1_000).toFixed(1)} s`;
  const seconds = Math.floor(positive / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return join(minutes, 'min', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return join(hours, 'h', minutes % 60, 'min');
  const days = Math.floor(hours / 24);
  return join(days, days === 1 ? 'day' : 'days', hours % 24, 'h');
}

/** The instant at which a clock in London shows `YYYY-MM-DDTHH:mm`; undefined when the text is no such time. */
export function parseLondon(text: string): Date | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::\d{2})?$/.exec(text);
  if (!match) return undefined;
  const asUtc = Date.parse(`${match[1]}T${match[2]}:00Z`);
  if (Number.isNaN(asUtc)) return undefined;
  // London is at most an hour ahead of UTC: one correction finds the instant.
  const shownMs = Date.parse(`${londonInputValue(new Date(asUtc))}:00Z`);
  return new Date(asUtc - (shownMs - asUtc));
}

/** What `<input type="datetime-local">` takes. */
export function londonInputValue(time: Date): string {
  const parts = Object.fromEntries(londonParts.formatToParts(time).map((part) => [part.type, part.value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
