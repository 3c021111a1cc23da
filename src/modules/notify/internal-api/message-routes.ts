import type { FastifyPluginAsync } from 'fastify';
import { addDays, londonDay } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { countSentFacts, findMessage, listMessages } from '../message-log/message-queries.ts';
import { readStatistics } from '../message-log/statistics.ts';
import { sendOneOff } from '../one-offs/send-one-off.ts';
import { readQuery } from '../requests/query.ts';
import { isObject } from '../requests/schema.ts';
import { answerJson } from '../routes/answers.ts';
import { NOTIFICATION_TYPES } from '../services/service.ts';
import { findUser } from '../users/user-queries.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { REPEATABLE, readMessageFilter } from './message-filter.ts';
import { presentForCsv, presentMessages } from './present-message.ts';
import { idOf, queryFlag, queryText } from './requests.ts';
import { serviceOf } from './service-routes.ts';

const BASE = '/service/:serviceId/notifications';
const WEEK = 7;

/** Messages of a service: internals sections 3.4.9 and 3.4.10. */
export function messageRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;

  /** One more than the page is read, to know whether there is a next one. */
  const page = async (serviceId: string, values: Record<string, unknown>) => {
    const wanted = readMessageFilter(values, serviceId, ctx.clock.now());
    const { filter, pageSize } = wanted;
    const found = await listMessages(kysely, { ...filter, limit: pageSize + 1 });
    return { ...wanted, rows: found.slice(0, pageSize), hasNext: found.length > pageSize };
  };

  const answerList = async (serviceId: string, values: Record<string, unknown>) => {
    const { rows, hasNext, ...wanted } = await page(serviceId, values);
    const notifications = wanted.isForCsv ? await presentForCsv(ctx, rows) : await presentMessages(ctx, rows);
    const links = wanted.hasLinks
      ? { ...(wanted.page > 1 ? { prev: true } : {}), ...(hasNext ? { next: true } : {}) }
      : {};
    if (wanted.filter.search) return { notifications, links };
    return { notifications, page_size: wanted.pageSize, links };
  };

  const answerCsv = async (serviceId: string, values: Record<string, unknown>) => {
    const { rows, pageSize } = await page(serviceId, values);
    return { notifications: await presentForCsv(ctx, rows), page_size: pageSize };
  };

  return async (app) => {
    for (const [path, answer] of [
      [BASE, answerList],
      [`${BASE}/csv`, answerCsv],
    ] as const) {
      app.get(path, { schema: { summary: 'Messages' } }, async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        return answerJson(reply, 200, await answer(service.id, readQuery(request.url, REPEATABLE)));
      });
      app.post(
        path,
        { schema: { summary: 'Messages, with the filter in the body' } },
        async (request, reply) => {
          const service = await serviceOf(ctx, idOf(request, 'serviceId'));
          return answerJson(reply, 200, await answer(service.id, readBody(request)));
        },
      );
    }
    app.get(
      `${BASE}/count`,
      { schema: { summary: 'How many messages were sent' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const query = readQuery(request.url, ['template_type']);
        const { filter } = readMessageFilter(
          { ...query, limit_days: undefined },
          service.id,
          ctx.clock.now(),
        );
        const days = Number(queryText(query, 'limit_days') ?? WEEK);
        if (!Number.isSafeInteger(days) || days < 0 || days > 10_000) {
          throw refusal(400, { limit_days: [`${queryText(query, 'limit_days')} is not an integer`] });
        }
        const sent = await countSentFacts(kysely, {
          serviceId: service.id,
          types: filter.types ?? NOTIFICATION_TYPES,
          from: addDays(londonDay(ctx.clock.now()), -days),
        });
        return answerJson(reply, 200, { notifications_sent_count: sent });
      },
    );
    app.get(`${BASE}/:id`, { schema: { summary: 'One message' } }, async (request, reply) => {
      const row = await findMessage(kysely, idOf(request, 'serviceId'), idOf(request, 'id'));
      if (!row) throw noResult();
      const [shown] = await presentMessages(ctx, [row]);
      return answerJson(reply, 200, shown);
    });
    app.get(
      '/service/:serviceId/statistics',
      { schema: { summary: 'Totals of a service' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const query = readQuery(request.url);
        const text = queryText(query, 'limit_days') ?? String(WEEK);
        if (!/^\d{1,4}$/.test(text)) throw refusal(400, { limit_days: [`${text} is not an integer`] });
        const days = queryFlag(query, 'today_only', false) ? 0 : Number(text);
        return answerJson(reply, 200, { data: await readStatistics(ctx, service.id, days) });
      },
    );
    app.post(
      '/service/:serviceId/send-notification',
      { schema: { summary: 'Send one message' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const fields = readFields(readBody(request), {
          template_id: { kind: 'uuid', required: true },
          to: { kind: 'text', required: true },
          created_by: { kind: 'uuid', required: true },
          personalisation: { kind: 'any', nullable: true },
          sender_id: { kind: 'uuid', nullable: true },
        });
        const creator = await findUser(kysely, fields.created_by);
        if (!creator) throw noResult();
        const id = await sendOneOff(ctx, {
          serviceId: service.id,
          templateId: fields.template_id,
          to: fields.to,
          personalisation: isObject(fields.personalisation) ? fields.personalisation : {},
          senderId: fields.sender_id ?? undefined,
          creator,
          needsMembership: true,
          correlationId: request.id,
        });
        return answerJson(reply, 201, { id });
      },
    );
  };
}
