import { londonDay, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { countByStatus } from '../message-log/count-queries.ts';
import { midnightOf, readStatistics, toStatistics } from '../message-log/statistics.ts';
import { countFactsByService } from '../platform-reports/platform-count-queries.ts';
import { listServiceRecords, type ServiceRecord } from '../service-settings/service-record-queries.ts';
import { refusal } from './fields.ts';
import { presentService } from './present-service.ts';
import { queryFlag, queryText } from './requests.ts';
import { httpDate } from './times.ts';

const WEEK = 7;
const LEFT_OUT: ReadonlySet<string> = new Set([
  'letter_message_limit',
  'sms_message_limit',
  'international_sms_message_limit',
  'email_message_limit',
  'permissions',
  'email_branding',
  'letter_branding',
  'rate_limit',
]);

/** A service with the figures of today or of the last seven days. */
export async function detailedService(ctx: NotifyContext, service: ServiceRecord, isToday: boolean) {
  const kept = Object.entries(presentService(service)).filter(([name]) => !LEFT_OUT.has(name));
  return {
    ...Object.fromEntries(kept),
    statistics: await readStatistics(ctx, service.id, isToday ? 0 : WEEK),
  };
}

/** All services with the figures of the days asked for: of today from the messages, of other days from their facts. */
export async function detailedServices(ctx: NotifyContext, query: Record<string, string | string[]>) {
  const today = londonDay(ctx.clock.now());
  const days = { from: dayOf(query, 'start_date') ?? today, to: dayOf(query, 'end_date') ?? today };
  const services = await listServiceRecords(ctx.db.kysely, {
    onlyActive: queryFlag(query, 'only_active', false),
    userId: undefined,
  });
  const counts =
    days.from < today ? await countFactsByService(ctx.db.kysely, { ...days, before: today }) : [];
  if (days.from <= today && days.to >= today) {
    const live = await countByStatus(ctx.db.kysely, {
      serviceIds: undefined,
      since: londonMidnight(today),
      withTestKeys: queryFlag(query, 'include_from_test_key', true),
    });
    counts.push(...live);
  }
  const byService = Map.groupBy(counts, (count) => count.service_id);
  return services.map((service) => ({
    id: service.id,
    name: service.name,
    notification_type: null,
    restricted: service.restricted,
    active: service.active,
    created_at: httpDate(service.created_at),
    statistics: toStatistics(byService.get(service.id) ?? []),
  }));
}

function dayOf(query: Record<string, string | string[]>, name: string): string | undefined {
  const text = queryText(query, name);
  if (text !== undefined && !midnightOf(text)) throw refusal(400, { [name]: ['Not a valid date.'] });
  return text;
}
