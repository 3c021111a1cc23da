import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { readQuery } from '../requests/query.ts';
import { boundedText, type Check, httpsUrl, oneOf, uuid, validate } from '../requests/schema.ts';
import { answerJson } from '../routes/answers.ts';
import {
  addCallback,
  CALLBACK_TYPES,
  type CallbackSettingType,
  changeCallback,
  removeCallback,
  SHORTEST_TOKEN,
} from '../service-settings/callback-settings.ts';
import { type CallbackSetting, findCallbackSetting } from '../service-settings/callback-settings-queries.ts';
import {
  insertRetention,
  listRetention,
  type RetentionRow,
  updateRetention,
} from '../service-settings/retention-queries.ts';
import { NOTIFICATION_TYPES } from '../services/service.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { idOf, queryText } from './requests.ts';
import { serviceOf } from './service-routes.ts';

const BASE = '/service/:serviceId/callback-api';
const RETENTION = '/service/:serviceId/data-retention';

const token: Check = (value) => {
  const faults = boundedText(1_000)(value);
  if (faults.length > 0) return faults;
  return String(value).length < SHORTEST_TOKEN ? ['is too short'] : [];
};
const NEW_CALLBACK = {
  properties: [
    ['url', httpsUrl],
    ['bearer_token', token],
    ['updated_by_id', uuid],
    ['callback_type', oneOf(CALLBACK_TYPES)],
  ],
  required: ['url', 'bearer_token', 'updated_by_id', 'callback_type'],
} as const;
const CALLBACK_CHANGE = { ...NEW_CALLBACK, required: ['updated_by_id', 'callback_type'] } as const;

const WORDS: Record<CallbackSettingType, string> = {
  inbound_sms: 'inbound',
  delivery_status: 'delivery receipt',
  returned_letter: 'returned letter',
  complaint: 'complaint',
};

/** Where services want to be called, and how long they keep messages: internals section 3.4.12. */
export function callbackRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  const callbackOf = async (request: FastifyRequest): Promise<CallbackSetting> => {
    const found = await findCallbackSetting(kysely, idOf(request, 'serviceId'), idOf(request, 'id'));
    if (found) return found;
    const type = queryText(readQuery(request.url), 'callback_type') ?? 'delivery_status';
    const words = WORDS[type as CallbackSettingType] ?? type;
    throw refusal(404, `Service ${words} API not found`);
  };
  return async (app) => {
    app.post(BASE, { schema: { summary: 'Add a callback' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const body = validate(NEW_CALLBACK, readBody(request));
      const type = body.callback_type as CallbackSettingType;
      const id = await addCallback(ctx, {
        serviceId: service.id,
        type,
        url: String(body.url),
        token: String(body.bearer_token),
        userId: readUuid(body.updated_by_id) ?? null,
      });
      if (id === undefined) throw refusal(400, `Service already has a ${WORDS[type]} API`);
      const created = await findCallbackSetting(kysely, service.id, id);
      if (!created) throw noResult();
      return answerJson(reply, 201, { data: presentCallback(created) });
    });
    app.get(`${BASE}/:id`, { schema: { summary: 'One callback' } }, async (request, reply) =>
      answerJson(reply, 200, { data: presentCallback(await callbackOf(request)) }),
    );
    app.post(`${BASE}/:id`, { schema: { summary: 'Change a callback' } }, async (request, reply) => {
      const { id } = await callbackOf(request);
      const body = validate(CALLBACK_CHANGE, readBody(request));
      await changeCallback(ctx, {
        id,
        url: typeof body.url === 'string' ? body.url : undefined,
        token: typeof body.bearer_token === 'string' ? body.bearer_token : undefined,
        userId: readUuid(body.updated_by_id) ?? null,
      });
      return answerJson(reply, 200, { data: presentCallback(await callbackOf(request)) });
    });
    app.delete(`${BASE}/:id`, { schema: { summary: 'Remove a callback' } }, async (request, reply) => {
      const { id, service_id: serviceId } = await callbackOf(request);
      await removeCallback(ctx, serviceId, id);
      return reply.code(204).send();
    });
    app.get(RETENTION, { schema: { summary: 'How long messages are kept' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      return answerJson(reply, 200, (await listRetention(kysely, service.id)).map(presentRetention));
    });
    app.get(
      `${RETENTION}/notification-type/:type`,
      { schema: { summary: 'How long messages of one channel are kept' } },
      async (request, reply) => {
        const { type } = request.params as { type: string };
        const rows = await listRetention(kysely, idOf(request, 'serviceId'));
        const found = rows.find((row) => row.notification_type === type);
        return answerJson(reply, 200, found ? presentRetention(found) : {});
      },
    );
    app.get(`${RETENTION}/:id`, { schema: { summary: 'One retention' } }, async (request, reply) => {
      const rows = await listRetention(kysely, idOf(request, 'serviceId'));
      const id = idOf(request, 'id');
      const found = rows.find((row) => row.id === id);
      return answerJson(reply, 200, found ? presentRetention(found) : {});
    });
    app.post(RETENTION, { schema: { summary: 'Say how long messages are kept' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const fields = readFields(readBody(request), {
        days_of_retention: { kind: 'integer', required: true },
        notification_type: { kind: 'text', required: true, oneOf: NOTIFICATION_TYPES },
      });
      const { notification_type: type, days_of_retention: days } = fields;
      const id = randomUUID();
      const retention = { id, serviceId: service.id, type, days, now: ctx.clock.now() };
      if (!(await insertRetention(kysely, retention))) {
        throw refusal(400, `Service already has data retention for ${type} notification type`);
      }
      const created = (await listRetention(kysely, service.id)).find((row) => row.id === id);
      return answerJson(reply, 201, { result: created && presentRetention(created) });
    });
    app.post(`${RETENTION}/:id`, { schema: { summary: 'Change a retention' } }, async (request, reply) => {
      const [serviceId, id] = [idOf(request, 'serviceId'), idOf(request, 'id')];
      const { days_of_retention: days } = readFields(readBody(request), {
        days_of_retention: { kind: 'integer', required: true },
      });
      if (!(await updateRetention(kysely, { id, serviceId, days, now: ctx.clock.now() }))) {
        throw refusal(
          404,
          `The service data retention for id: ${id} was not found for service: ${serviceId}`,
        );
      }
      return reply.code(204).send();
    });
  };
}

function presentCallback(callback: CallbackSetting) {
  return {
    id: callback.id,
    service_id: callback.service_id,
    url: callback.url,
    updated_by_id: callback.updated_by_id,
    created_at: timestamp(callback.created_at),
    updated_at: timestamp(callback.updated_at),
  };
}

function presentRetention(row: RetentionRow) {
  return { ...row, created_at: timestamp(row.created_at), updated_at: timestamp(row.updated_at) };
}
