import { HttpError } from '#platform/http';

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A moment as operators write it: an ISO date or date and time, in UTC unless it says otherwise, or how long ago
 * (`15m`, `2h`, `7d`). Throws an HttpError 400 for anything else.
 */
export function readMoment(name: string, text: string, now: Date): Date {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return new Date(now.getTime() - Number(amount) * (UNIT_MS[unit] ?? 0));
  const [, date, time = 'T00:00', zone = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? [];
  const moment = new Date(date === undefined ? Number.NaN : `${date}${time.replace(' ', 'T')}${zone}`);
  if (Number.isNaN(moment.getTime())) {
    throw new HttpError(
      400,
      'invalid_time',
      `${name} must be a time such as 2026-03-31T14:30 (UTC), or 15m, 2h or 7d ago, not "${text}"`,
    );
  }
  return moment;
}

/** Throws an HttpError 400 for a window that ends before it begins. */
export function checkWindow(since: Date, untilMs: number): void {
  if (untilMs >= since.getTime()) return;
  throw new HttpError(400, 'invalid_time', 'until must not be before since');
}
