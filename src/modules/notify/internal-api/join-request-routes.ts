import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { cleanText } from '../requests/personalisation-values.ts';
import { type Check, type ObjectSchema, oneOf, text, uuid, validate } from '../requests/schema.ts';
import { answerJson } from '../routes/answers.ts';
import { findJoinRequest, type JoinRequestRow } from '../team/join-request-queries.ts';
import { askToJoin, decideJoinRequest, type JoinDecision, JoinRefusal } from '../team/join-requests.ts';
import { USER_PERMISSIONS } from '../team/member-queries.ts';
import { AUTH_TYPES, findUser, type UserRow } from '../users/user-queries.ts';
import { noResult, readBody, refusal } from './fields.ts';
import { idOf } from './requests.ts';
import { serviceOf } from './service-routes.ts';

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null ? [] : check(value);
const uuids: Check = (value) => {
  if (!Array.isArray(value)) return ['is not of type array'];
  return value.every((one) => readUuid(one) !== undefined) ? [] : ['is not a valid UUID'];
};
const atLeastOne: Check = (value) =>
  Array.isArray(value) && value.length === 0 ? ['[] should be non-empty'] : uuids(value);
const permissions: Check = (value) => {
  if (!Array.isArray(value)) return ['is not of type array'];
  return value.flatMap((one) => oneOf(USER_PERMISSIONS)(one));
};
const STATUSES = ['pending', 'approved', 'rejected', 'cancelled'] as const;

const NEW_REQUEST: ObjectSchema = {
  properties: [
    ['requester_id', uuid],
    ['contacted_user_ids', atLeastOne],
    ['invite_link_host', text],
    ['reason', orNull(text)],
  ],
  required: ['requester_id', 'contacted_user_ids', 'invite_link_host'],
};
const DECISION: ObjectSchema = {
  properties: [
    ['permissions', permissions],
    ['folder_permissions', uuids],
    ['status_changed_by_id', uuid],
    ['status', oneOf(STATUSES)],
    ['reason', orNull(text)],
    ['auth_type', orNull(oneOf(AUTH_TYPES))],
  ],
  required: ['status_changed_by_id', 'status'],
};

const BASE = '/service/:serviceId/service-join-request';

/** Asking to join a service: internals section 3.4.16. */
export function joinRequestRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  const requestOf = async (request: FastifyRequest): Promise<JoinRequestRow> => {
    const found = await findJoinRequest(kysely, idOf(request, 'serviceId'), idOf(request, 'id'));
    if (!found) throw noResult();
    return found;
  };
  const personOf = async (id: unknown): Promise<UserRow> => {
    const user = await findUser(kysely, readUuid(id) ?? '');
    if (!user) throw noResult();
    return user;
  };
  return async (app) => {
    app.post(BASE, { schema: { summary: 'Ask to join a service' } }, async (request, reply) => {
      const body = validate(NEW_REQUEST, readBody(request));
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const asked = {
        requester: await personOf(body.requester_id),
        contactedIds: (body.contacted_user_ids as unknown[]).map((id) => readUuid(id) ?? ''),
        linkHost: cleanText(String(body.invite_link_host)),
        reason: typeof body.reason === 'string' && body.reason !== '' ? cleanText(body.reason) : null,
        correlationId: request.id,
      };
      const id = await refusing(() => askToJoin(ctx, service, asked));
      return answerJson(reply, 201, { service_join_request_id: id });
    });
    app.get(`${BASE}/:id`, { schema: { summary: 'One request to join' } }, async (request, reply) =>
      answerJson(reply, 200, present(await requestOf(request))),
    );
    app.post(
      `${BASE}/:id`,
      { schema: { summary: 'Decide on a request to join' } },
      async (request, reply) => {
        const body = validate(DECISION, readBody(request));
        const found = await requestOf(request);
        const service = await serviceOf(ctx, found.service_id);
        await decideJoinRequest(ctx, service, found, {
          status: body.status as JoinDecision['status'],
          decider: await personOf(body.status_changed_by_id),
          permissions: (body.permissions ?? []) as string[],
          folderIds: ((body.folder_permissions ?? []) as unknown[]).map((id) => readUuid(id) ?? ''),
          reason:
            body.reason === undefined || body.reason === null ? body.reason : cleanText(String(body.reason)),
          authType: typeof body.auth_type === 'string' ? body.auth_type : undefined,
          correlationId: request.id,
        });
        return answerJson(reply, 200, present(await requestOf(request)));
      },
    );
  };
}

async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof JoinRefusal)) throw error;
    throw refusal(400, error.message);
  }
}

function present(request: JoinRequestRow) {
  const { requester } = request;
  return {
    id: request.id,
    service_id: request.service_id,
    created_at: timestamp(request.created_at),
    status: request.status,
    status_changed_by: request.status_changed_by,
    requester: {
      id: requester.id,
      name: requester.name,
      belongs_to_service: requester.belongs_to_service,
      email_address: requester.email_address,
    },
    status_changed_at: timestamp(request.status_changed_at),
    reason: request.reason,
    contacted_service_users: request.contacted_user_ids,
  };
}
