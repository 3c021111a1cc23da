import type { FastifyPluginAsync } from 'fastify';
import { addDays, londonDay, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { timestamp } from '../notifications/timestamp.ts';
import {
  type InboundNumberRow,
  listInboundNumbers,
  listInbox,
  listNewestBySender,
  summariseInbox,
} from '../received-texts/inbox-queries.ts';
import { findReceivedText, type ReceivedTextRow } from '../received-texts/received-text-queries.ts';
import { normaliseIfPhoneNumber } from '../recipients/phone-number.ts';
import { readQuery } from '../requests/query.ts';
import { answerJson } from '../routes/answers.ts';
import { listRetention } from '../service-settings/retention-queries.ts';
import { noResult, readBody, readFields } from './fields.ts';
import { idOf, queryText } from './requests.ts';
import { serviceOf } from './service-routes.ts';
import { httpDate, naiveIso } from './times.ts';

const PAGE_SIZE = 50;
const MOST_TEXTS = 5_000;
const DEFAULT_DAYS = 7;
const MOST_DAYS = 36_500;

/** Texts that services received, and the pool of numbers: internals section 3.4.14. */
export function inboxRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  const base = '/service/:serviceId/inbound-sms';
  return async (app) => {
    app.post(base, { schema: { summary: 'Received texts' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const { phone_number: number } = readFields(readBody(request), {
        phone_number: { kind: 'text', nullable: true },
      });
      const texts = await listInbox(kysely, {
        serviceId: service.id,
        since: await keptSince(ctx, service.id),
        userNumber: number ? normaliseIfPhoneNumber(number) : undefined,
        limit: MOST_TEXTS,
      });
      return answerJson(reply, 200, { data: texts.map((text) => presentText(ctx, text)) });
    });
    app.get(
      `${base}/most-recent`,
      { schema: { summary: 'The newest text of each sender' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const text = queryText(readQuery(request.url), 'page') ?? '1';
        const page = /^\d{1,6}$/.test(text) ? Math.max(1, Number(text)) : 1;
        const found = await listNewestBySender(kysely, {
          serviceId: service.id,
          since: await keptSince(ctx, service.id),
          limit: PAGE_SIZE + 1,
          offset: (page - 1) * PAGE_SIZE,
        });
        return answerJson(reply, 200, {
          data: found.slice(0, PAGE_SIZE).map((one) => presentText(ctx, one)),
          has_next: found.length > PAGE_SIZE,
        });
      },
    );
    app.get(`${base}/summary`, { schema: { summary: 'How many texts came' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const since = londonMidnight(addDays(londonDay(ctx.clock.now()), -DEFAULT_DAYS));
      const { count, most_recent: last } = await summariseInbox(kysely, service.id, since);
      return answerJson(reply, 200, { count, most_recent: last === null ? null : naiveIso(last) });
    });
    app.get(
      `${base}/most-recent-usage`,
      { schema: { summary: 'When the last text came' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const { most_recent: last } = await summariseInbox(kysely, service.id, new Date(0));
        if (last === null) return answerJson(reply, 404, { message: 'inbound not found' });
        return answerJson(reply, 200, { most_recent_date: httpDate(last) });
      },
    );
    app.get(`${base}/:id`, { schema: { summary: 'One received text' } }, async (request, reply) => {
      const text = await findReceivedText(kysely, idOf(request, 'id'));
      if (!text || text.service_id !== idOf(request, 'serviceId')) throw noResult();
      return answerJson(reply, 200, presentText(ctx, text));
    });
    app.get(
      '/inbound-number',
      { schema: { summary: 'Numbers for received texts' } },
      async (_request, reply) =>
        answerJson(reply, 200, { data: (await listInboundNumbers(kysely, {})).map(presentNumber) }),
    );
    app.get(
      '/inbound-number/available',
      { schema: { summary: 'Numbers that are free' } },
      async (_request, reply) =>
        answerJson(reply, 200, {
          data: (await listInboundNumbers(kysely, { isAvailable: true })).map(presentNumber),
        }),
    );
    app.get(
      '/inbound-number/service/:serviceId',
      { schema: { summary: 'The number of a service' } },
      async (request, reply) => {
        const [number] = await listInboundNumbers(kysely, { serviceId: idOf(request, 'serviceId') });
        return answerJson(reply, 200, { data: number ? presentNumber(number) : {} });
      },
    );
  };
}

/** Texts are shown for as long as the service keeps its text messages. */
export async function keptSince(ctx: NotifyContext, serviceId: string): Promise<Date> {
  const retention = await listRetention(ctx.db.kysely, serviceId);
  const days = retention.find((row) => row.notification_type === 'sms')?.days_of_retention ?? DEFAULT_DAYS;
  // Whatever number the service was given, the day has to be one of the calendar.
  const ago = Math.min(Math.max(days, 0), MOST_DAYS);
  return londonMidnight(addDays(londonDay(ctx.clock.now()), -ago));
}

function presentText(ctx: NotifyContext, text: ReceivedTextRow) {
  return {
    id: text.id,
    created_at: timestamp(text.created_at),
    service_id: text.service_id,
    notify_number: text.notify_number,
    user_number: text.user_number,
    content: ctx.secrets.open(text.content),
  };
}

function presentNumber(number: InboundNumberRow) {
  return { ...number, created_at: timestamp(number.created_at), updated_at: timestamp(number.updated_at) };
}
