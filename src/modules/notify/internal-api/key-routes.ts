import type { FastifyPluginAsync } from 'fastify';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { type ObjectSchema, uuid, validate } from '../requests/schema.ts';
import { answerJson } from '../routes/answers.ts';
import { findLiveKey, listRecentKeys } from '../service-settings/api-key-queries.ts';
import { createApiKey, revokeApiKey } from '../service-settings/api-keys.ts';
import { KEY_TYPES, type KeyType } from '../services/service.ts';
import { findUser } from '../users/user-queries.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { presentApiKey } from './present-service.ts';
import { idOf } from './requests.ts';
import { serviceOf } from './service-routes.ts';

const REVOCATION: ObjectSchema = {
  properties: [['created_by', (value) => (value === null ? [] : uuid(value))]],
  required: [],
};

/** API keys: internals section 3.4.5. */
export function keyRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.post(
      '/service/:serviceId/api-key',
      { schema: { summary: 'Create an API key' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const fields = readFields(readBody(request), {
          name: { kind: 'text', required: true },
          key_type: { kind: 'text', required: true, oneOf: KEY_TYPES },
          created_by: { kind: 'uuid', required: true },
        });
        if (!(await findUser(ctx.db.kysely, fields.created_by))) throw noResult();
        const created = await createApiKey(ctx, {
          serviceId: service.id,
          name: fields.name,
          // One of KEY_TYPES.
          type: fields.key_type as KeyType,
          createdById: fields.created_by,
        });
        if (!created) throw refusal(400, { name: ['An API key in use has this name already'] });
        return answerJson(reply, 201, { data: created.secret });
      },
    );
    app.post(
      '/service/:serviceId/api-key/revoke/:keyId',
      { schema: { summary: 'Revoke an API key' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const body = validate(REVOCATION, readBody(request));
        const revokedById = readUuid(body.created_by);
        const key = { serviceId: service.id, id: idOf(request, 'keyId'), revokedById };
        if (!(await revokeApiKey(ctx, key))) throw noResult();
        return answerJson(reply, 202, null);
      },
    );
    app.get('/service/:serviceId/api-keys', { schema: { summary: 'API keys' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const keys = await listRecentKeys(ctx.db.kysely, service.id, ctx.clock.now());
      return answerJson(reply, 200, { apiKeys: keys.map(presentApiKey) });
    });
    app.get(
      '/service/:serviceId/api-keys/:keyId',
      { schema: { summary: 'One API key' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const key = await findLiveKey(ctx.db.kysely, service.id, idOf(request, 'keyId'));
        if (!key) throw refusal(404, `API key not found for id: ${service.id}`);
        return answerJson(reply, 200, { apiKeys: [presentApiKey(key)] });
      },
    );
  };
}
