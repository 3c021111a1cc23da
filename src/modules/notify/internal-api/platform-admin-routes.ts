import type { FastifyPluginAsync } from 'fastify';
import { readUuid } from '../auth/uuid-text.ts';
import { addDays, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { ValidationError } from '../errors.ts';
import { midnightOf } from '../message-log/statistics.ts';
import { findByUuid } from '../platform-reports/find-by-uuid-queries.ts';
import { type Check, type ObjectSchema, uuid, validate } from '../requests/schema.ts';
import { answerJson } from '../routes/answers.ts';
import { listActiveUsers } from '../users/user-list-queries.ts';
import { noResult, readBody } from './fields.ts';
import { presentUser } from './present-user.ts';

const dayOrNull: Check = (value) =>
  value === null || (typeof value === 'string' && midnightOf(value)) ? [] : ['is not a date'];
const booleanOrNull: Check = (value) =>
  value === null || typeof value === 'boolean' ? [] : ['is not of type boolean, null'];

const BY_UUID: ObjectSchema = { properties: [['uuid', uuid]], required: ['uuid'] };
const USERS_LIST: ObjectSchema = {
  properties: [
    ['logged_in_start', dayOrNull],
    ['logged_in_end', dayOrNull],
    ['created_start', dayOrNull],
    ['created_end', dayOrNull],
    ['take_part_in_research', booleanOrNull],
  ],
  required: [],
};

/** What only platform administrators look for: internals section 3.4.19. */
export function platformAdminRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  return async (app) => {
    app.post(
      '/platform-admin/find-by-uuid',
      { schema: { summary: 'What an id belongs to' } },
      async (request, reply) => {
        const body = validate(BY_UUID, readBody(request));
        const found = await findByUuid(kysely, readUuid(body.uuid) ?? '');
        if (!found) throw noResult();
        const context = found.service_id === null ? {} : { service_id: found.service_id };
        return answerJson(reply, 200, { type: found.type, context });
      },
    );
    app.post(
      '/platform-admin/users-list',
      { schema: { summary: 'Active users by when they came' } },
      async (request, reply) => {
        const body = validate(USERS_LIST, readBody(request));
        if (Object.keys(body).length === 0) throw new ValidationError(['{} should be non-empty']);
        const users = await listActiveUsers(kysely, {
          loggedInFrom: beginOf(body.logged_in_start),
          loggedInUntil: endOf(body.logged_in_end),
          createdFrom: beginOf(body.created_start),
          createdUntil: endOf(body.created_end),
          takesPartInResearch:
            typeof body.take_part_in_research === 'boolean' ? body.take_part_in_research : undefined,
        });
        const data = users.map((user) => ({ ...presentUser(user), services: user.service_names }));
        return answerJson(reply, 200, { data });
      },
    );
  };
}

function beginOf(day: unknown): Date | undefined {
  return typeof day === 'string' ? londonMidnight(day) : undefined;
}

function endOf(day: unknown): Date | undefined {
  return typeof day === 'string' ? londonMidnight(addDays(day, 1)) : undefined;
}
