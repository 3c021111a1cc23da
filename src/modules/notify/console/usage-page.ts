import type { FastifyInstance } from 'fastify';
import type { PageTools } from '#platform/console';
import { financialYearOf, londonDay } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { findAllowance } from '../facts/allowances.ts';
import { type MonthlyUsage, usageByMonth } from '../facts/usage.ts';
import { serviceIn } from './access.ts';

const view = new URL('./usage.njk', import.meta.url);
const YEARS_SHOWN = 3;
const MONTHS = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** What a service used in a financial year, by month, and what it costs. */
export function registerUsagePage(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  app.get('/services/:serviceId/usage', async (request, reply) => {
    const service = await serviceIn(ctx, request);
    const current = financialYearOf(londonDay(ctx.clock.now()));
    const years = Array.from({ length: YEARS_SHOWN }, (_, back) => current - back);
    const wanted = Number(page.readQuery(request).text('year'));
    const year = years.find((one) => one === wanted) ?? current;
    const usage = await usageByMonth(ctx, service.id, year);
    const months = [...Map.groupBy(usage, ({ month }) => month)].sort(([a], [b]) => a.localeCompare(b));
    return page.render(reply, view, {
      title: `Usage – ${service.name}`,
      service,
      year,
      years,
      allowance: await findAllowance(ctx, service.id, year),
      used: usage.reduce((sum, one) => sum + one.freeAllowanceUsed, 0),
      total: pounds(usage.reduce((sum, { cost }) => sum + cost, 0)),
      months: months.map(([month, rows]) => ({
        name: MONTHS.format(new Date(`${month}-15T00:00:00Z`)),
        rows: rows.map(show),
      })),
    });
  });
}

function show(usage: MonthlyUsage) {
  return { ...usage, rate: pounds(usage.rate, 4), cost: pounds(usage.cost) };
}

function pounds(amount: number, digits = 2): string {
  const format = { minimumFractionDigits: 2, maximumFractionDigits: digits };
  return `£${amount.toLocaleString('en-GB', format)}`;
}
