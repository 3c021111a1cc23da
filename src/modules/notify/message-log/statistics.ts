import type { NotifyContext } from '../context.ts';
import { readLocalTime } from '../receipts/london-time.ts';
import { countByStatus, type StatusCount } from './count-queries.ts';

export interface ChannelStatistics {
  requested: number;
  delivered: number;
  failed: number;
}
export type Statistics = Record<'sms' | 'email' | 'letter', ChannelStatistics>;

const DELIVERED: ReadonlySet<string> = new Set(['delivered', 'sent']);
const FAILED: ReadonlySet<string> = new Set([
  'failed',
  'technical-failure',
  'temporary-failure',
  'permanent-failure',
  'validation-failed',
  'virus-scan-failed',
]);

/** Requested, delivered and failed of each channel: internals section 3.4.10. */
export function toStatistics(counts: readonly StatusCount[]): Statistics {
  const zero = () => ({ requested: 0, delivered: 0, failed: 0 });
  const statistics: Statistics = { sms: zero(), email: zero(), letter: zero() };
  for (const { notification_type: type, notification_status: status, count } of counts) {
    // The column is checked to be one of the three.
    const channel = statistics[type as keyof Statistics];
    if (status !== 'cancelled') channel.requested += count;
    if (DELIVERED.has(status)) channel.delivered += count;
    if (FAILED.has(status)) channel.failed += count;
  }
  return statistics;
}

/** Of today and `daysBefore` London days before it. */
export async function readStatistics(
  ctx: NotifyContext,
  serviceId: string,
  daysBefore: number,
): Promise<Statistics> {
  return toStatistics(
    await countByStatus(ctx.db.kysely, {
      serviceIds: [serviceId],
      since: londonMidnight(ctx.clock.now(), daysBefore),
      withTestKeys: false,
    }),
  );
}

const LONDON_DAY = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/London', dateStyle: 'short' });

/** `YYYY-MM-DD` on the calendar of London. */
export function londonDay(time: Date): string {
  return LONDON_DAY.format(time);
}

/** The midnight with which the London day of `now`, or one some days before it, began. */
export function londonMidnight(now: Date, daysBefore = 0): Date {
  const day = new Date(`${londonDay(now)}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - daysBefore);
  return midnightOf(day.toISOString().slice(0, 10)) ?? now;
}

/** The midnight with which a London day began; undefined for a text that is no day. */
export function midnightOf(day: string): Date | undefined {
  const parsed = new Date(`${day}T00:00:00Z`);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(parsed.getTime());
  if (!isDay || parsed.toISOString().slice(0, 10) !== day) return undefined;
  return readLocalTime(`${day} 00:00:00`, 'London');
}
