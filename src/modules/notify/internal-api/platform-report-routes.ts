import type { FastifyPluginAsync } from 'fastify';
import { addDays, financialYearOf, londonDay } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { listDespatchBills } from '../platform-reports/billing-report-queries.ts';
import {
  countByDay,
  countEverything,
  listProcessingTimes,
  listServicesUsingNotify,
} from '../platform-reports/performance-queries.ts';
import { billingReport, platformStatistics } from '../platform-reports/platform-reports.ts';
import {
  listDailyVolumes,
  listLiveServices,
  listMonthlyByService,
  listProviderVolumes,
  listVolumesByService,
} from '../platform-reports/volume-queries.ts';
import { readQuery } from '../requests/query.ts';
import { answerJson } from '../routes/answers.ts';
import { countServices } from '../services/service-queries.ts';
import { readDays, readFinancialPeriod } from './days.ts';
import { httpDate } from './times.ts';

const BASE = '/platform-stats';
const WEEK = 7;

/** Reports about all services: internals section 3.4.19. */
export function platformReportRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  return async (app) => {
    app.get(BASE, { schema: { summary: 'Messages of all services' } }, async (request, reply) =>
      answerJson(reply, 200, await platformStatistics(ctx, readDays(ctx, readQuery(request.url)))),
    );
    app.get(
      `${BASE}/data-for-billing-report`,
      { schema: { summary: 'What each service owes' } },
      async (request, reply) =>
        answerJson(reply, 200, await billingReport(ctx, readFinancialPeriod(readQuery(request.url)))),
    );
    app.get(
      `${BASE}/data-for-dvla-billing-report`,
      { schema: { summary: 'What the printer posted' } },
      async (request, reply) =>
        answerJson(reply, 200, await listDespatchBills(kysely, readFinancialPeriod(readQuery(request.url)))),
    );
    app.get(
      `${BASE}/daily-volumes-report`,
      { schema: { summary: 'Volumes by day' } },
      async (request, reply) =>
        answerJson(reply, 200, await listDailyVolumes(kysely, readDays(ctx, readQuery(request.url)))),
    );
    app.get(
      `${BASE}/daily-sms-provider-volumes-report`,
      { schema: { summary: 'Text messages by day and provider' } },
      async (request, reply) =>
        answerJson(reply, 200, await listProviderVolumes(kysely, readDays(ctx, readQuery(request.url)))),
    );
    app.get(
      `${BASE}/volumes-by-service`,
      { schema: { summary: 'Volumes by service' } },
      async (request, reply) => {
        const days = readDays(ctx, readQuery(request.url));
        const volumes = await listVolumesByService(kysely, { ...days, year: financialYearOf(days.from) });
        return answerJson(reply, 200, volumes);
      },
    );
    app.get(
      '/service/live-services-data',
      { schema: { summary: 'Live services and who asked for them' } },
      async (_request, reply) => {
        const services = await listLiveServices(kysely, financialYearOf(londonDay(ctx.clock.now())));
        const data = services.map((service) => ({ ...service, live_date: httpDate(service.live_date) }));
        return answerJson(reply, 200, { data });
      },
    );
    app.get(
      '/service/monthly-data-by-service',
      { schema: { summary: 'Messages by month, service and outcome' } },
      async (request, reply) =>
        answerJson(reply, 200, await listMonthlyByService(kysely, readDays(ctx, readQuery(request.url)))),
    );
    app.get(
      '/performance-dashboard',
      { schema: { summary: 'Figures for everybody' } },
      async (request, reply) => {
        const today = londonDay(ctx.clock.now());
        const query = readQuery(request.url);
        const days =
          Object.keys(query).length === 0 ? { from: addDays(today, -WEEK), to: today } : readDays(ctx, query);
        const total = await countEverything(kysely, today);
        return answerJson(reply, 200, {
          total_notifications: total.emails + total.sms + total.letters,
          email_notifications: total.emails,
          sms_notifications: total.sms,
          letter_notifications: total.letters,
          notifications_by_type: await countByDay(kysely, days),
          processing_time: await listProcessingTimes(kysely, days),
          live_service_count: await countServices(kysely),
          services_using_notify: await listServicesUsingNotify(kysely),
        });
      },
    );
  };
}
