import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { financialYearOf, londonDay } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { changeAllowance, findAllowance } from '../facts/allowances.ts';
import { type Usage, usageByMonth, usageOfYear } from '../facts/usage.ts';
import { readQuery } from '../requests/query.ts';
import { answerJson } from '../routes/answers.ts';
import { readBody, readFields, refusal } from './fields.ts';
import { idOf, queryText } from './requests.ts';
import { serviceOf } from './service-routes.ts';

const BASE = '/service/:serviceId/billing';
const FIRST_YEAR = 2016;
const MONTHS = new Intl.DateTimeFormat('en-GB', { month: 'long', timeZone: 'UTC' });

/** What a service used and what it costs: internals section 3.4.15. */
export function billingRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const thisYear = () => financialYearOf(londonDay(ctx.clock.now()));
  const yearOf = (request: FastifyRequest, name: string, fallback?: number): number => {
    const text = queryText(readQuery(request.url), name);
    const year = text === undefined ? fallback : /^\d{4}$/.test(text) ? Number(text) : undefined;
    if (year === undefined || year < FIRST_YEAR || year > thisYear() + 1) {
      throw refusal(400, 'No valid year provided');
    }
    return year;
  };
  return async (app) => {
    app.get(
      `${BASE}/yearly-usage-summary`,
      { schema: { summary: 'Usage of a financial year' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const usage = await usageOfYear(ctx, service.id, yearOf(request, 'year'));
        return answerJson(reply, 200, usage.map(present));
      },
    );
    app.get(
      `${BASE}/monthly-usage`,
      { schema: { summary: 'Usage of a financial year by month' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const usage = await usageByMonth(ctx, service.id, yearOf(request, 'year'));
        return answerJson(
          reply,
          200,
          usage
            .filter(({ notificationType }) => notificationType !== 'email')
            .map((one) => ({
              month: MONTHS.format(new Date(`${one.month}-15T00:00:00Z`)),
              postage: one.postage,
              ...present(one),
            })),
        );
      },
    );
    app.get(
      `${BASE}/free-sms-fragment-limit`,
      { schema: { summary: 'Fragments free of charge' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const year = yearOf(request, 'financial_year_start', thisYear());
        if (year > thisYear()) throw refusal(400, 'No valid year provided');
        return answerJson(reply, 200, {
          free_sms_fragment_limit: await findAllowance(ctx, service.id, year),
          financial_year_start: year,
        });
      },
    );
    app.post(
      `${BASE}/free-sms-fragment-limit`,
      { schema: { summary: 'Agree on an allowance' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const { free_sms_fragment_limit: limit } = readFields(readBody(request), {
          free_sms_fragment_limit: { kind: 'integer', required: true },
        });
        if (limit < 0 || limit > 2_000_000_000) {
          throw refusal(400, { free_sms_fragment_limit: ['Must be 0 or more.'] });
        }
        await changeAllowance(ctx, service.id, thisYear(), limit);
        return answerJson(reply, 201, { free_sms_fragment_limit: limit });
      },
    );
  };
}

function present(usage: Usage) {
  return {
    notification_type: usage.notificationType,
    chargeable_units: usage.chargeableUnits,
    notifications_sent: usage.notificationsSent,
    rate: usage.rate,
    cost: usage.cost,
    free_allowance_used: usage.freeAllowanceUsed,
    charged_units: usage.chargedUnits,
  };
}
