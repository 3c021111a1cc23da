import { londonOffsetMs } from '../calendar/london.ts';

const TEXT = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** The instant of `2031-03-05 09:30:00`, on clocks in `zone` unless it says its offset; undefined for anything else. */
export function readLocalTime(text: string, zone: 'London' | 'UTC'): Date | undefined {
  const match = TEXT.exec(text.trim());
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const offset = match[7];
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  if (Number.isNaN(asUtc)) return undefined;
  if (offset !== undefined) {
    const time = new Date(`${new Date(asUtc).toISOString().slice(0, 19)}${offset}`);
    return Number.isNaN(time.getTime()) ? undefined : time;
  }
  return new Date(zone === 'UTC' ? asUtc : asUtc - londonOffsetMs(asUtc));
}
