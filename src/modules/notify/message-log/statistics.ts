import { addDays, londonDay, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { countByStatus, countFactsByStatus, type StatusCount } from './count-queries.ts';

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

/** Of today, from the messages themselves, and of `daysBefore` London days before it, from the facts of their nights. */
export async function readStatistics(
  ctx: NotifyContext,
  serviceId: string,
  daysBefore: number,
): Promise<Statistics> {
  const today = londonDay(ctx.clock.now());
  const live = await countByStatus(ctx.db.kysely, {
    serviceIds: [serviceId],
    since: londonMidnight(today),
    withTestKeys: false,
  });
  if (daysBefore === 0) return toStatistics(live);
  const facts = await countFactsByStatus(ctx.db.kysely, {
    serviceId,
    from: addDays(today, -daysBefore),
    before: today,
  });
  return toStatistics([...live, ...facts]);
}

/** The instant a London day begins; undefined for a text that is no day. */
export function midnightOf(day: string): Date | undefined {
  const parsed = new Date(`${day}T00:00:00Z`);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(parsed.getTime());
  return isDay && parsed.toISOString().slice(0, 10) === day ? londonMidnight(day) : undefined;
}
