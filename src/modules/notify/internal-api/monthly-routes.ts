import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { financialYearOf, londonDay, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { countByStatus } from '../message-log/count-queries.ts';
import { countByMonth, countTemplatesByMonth } from '../message-log/monthly-queries.ts';
import { readQuery } from '../requests/query.ts';
import { answerJson } from '../routes/answers.ts';
import { refusal } from './fields.ts';
import { idOf, queryText } from './requests.ts';
import { serviceOf } from './service-routes.ts';

const BASE = '/service/:serviceId/notifications';

type Counts = Record<'sms' | 'email' | 'letter', Record<string, number>>;

/** Messages by the months of a financial year: internals section 3.4.10. */
export function monthlyRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  return async (app) => {
    app.get(`${BASE}/monthly`, { schema: { summary: 'Messages by month' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const year = yearOf(request);
      const months = emptyMonths(year);
      const today = londonDay(ctx.clock.now());
      const days = { from: `${year}-04-01`, to: `${year + 1}-03-31` };
      const counts = await countByMonth(kysely, { serviceId: service.id, ...days });
      for (const { month, ...count } of counts) add(months.get(month), count);
      if (financialYearOf(today) === year) {
        const live = await countByStatus(kysely, {
          serviceIds: [service.id],
          since: londonMidnight(today),
          withTestKeys: false,
        });
        for (const count of live) add(months.get(today.slice(0, 7)), count);
      }
      return answerJson(reply, 200, { data: Object.fromEntries(months) });
    });
    app.get(
      `${BASE}/templates_usage/monthly`,
      { schema: { summary: 'Use of templates by month' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const year = yearOf(request);
        const today = londonDay(ctx.clock.now());
        const stats = await countTemplatesByMonth(kysely, {
          serviceId: service.id,
          from: `${year}-04-01`,
          to: `${year + 1}-03-31`,
          today,
          since: londonMidnight(today),
        });
        return answerJson(reply, 200, { stats });
      },
    );
  };
}

function yearOf(request: FastifyRequest): number {
  const text = queryText(readQuery(request.url), 'year') ?? '';
  if (!/^(?:19|20|21)\d\d$/.test(text)) throw refusal(400, 'Year must be a number');
  return Number(text);
}

/** From April to March. */
function emptyMonths(year: number): Map<string, Counts> {
  return new Map(
    Array.from({ length: 12 }, (_, place) => {
      const month = new Date(Date.UTC(year, 3 + place, 1)).toISOString().slice(0, 7);
      return [month, { sms: {}, email: {}, letter: {} }];
    }),
  );
}

function add(
  counts: Counts | undefined,
  count: { notification_type: string; notification_status: string; count: number },
): void {
  // The column is checked to be one of the three.
  const channel = counts?.[count.notification_type as keyof Counts];
  if (!channel) return;
  channel[count.notification_status] = (channel[count.notification_status] ?? 0) + count.count;
}
