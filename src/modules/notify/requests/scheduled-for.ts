import { pythonRepr } from './python-text.ts';
import type { Check } from './schema.ts';

const FORMAT_FAULT =
  'datetime format is invalid. It must be a valid ISO8601 date time format, https://en.wikipedia.org/wiki/ISO_8601';
const ISO =
  /^(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?(?:[T ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;
const DAY_MS = 86_400_000;

/** `scheduled_for` is checked and then ignored (public sections 6.2 and 6.10); offsets are ignored, too. */
export function scheduledFor(now: () => Date): Check {
  return (value) => {
    if (value === null) return [];
    if (typeof value !== 'string') return [`${pythonRepr(value)} is not of type string, null`];
    const wanted = readTime(value);
    if (wanted === undefined) return [FORMAT_FAULT];
    const at = now().getTime();
    if (wanted < at) return ['datetime can not be in the past'];
    return wanted > at + DAY_MS ? ['datetime can only be 24 hours in the future'] : [];
  };
}

function readTime(text: string): number | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  const read = new Date(time);
  const isReal =
    read.getUTCMonth() === month - 1 && read.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return isReal ? time : undefined;
}
