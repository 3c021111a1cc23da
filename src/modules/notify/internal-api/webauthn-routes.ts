import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { boundedText, type ObjectSchema, validate } from '../requests/schema.ts';
import { answerJson } from '../routes/answers.ts';
import {
  deleteCredential,
  findCredential,
  insertCredential,
  listCredentials,
  renameCredential,
  type WebauthnCredentialRow,
} from '../users/webauthn-queries.ts';
import { noResult, readBody, refusal } from './fields.ts';
import { idOf, userOf } from './requests.ts';

const filled = (value: unknown) => {
  const faults = boundedText()(value);
  return faults.length === 0 && value === '' ? ["'' should be non-empty"] : faults;
};
const NEW_CREDENTIAL: ObjectSchema = {
  properties: [
    ['name', filled],
    ['credential_data', filled],
    ['registration_response', filled],
  ],
  required: ['name', 'credential_data', 'registration_response'],
};
const NEW_NAME: ObjectSchema = { properties: [['name', filled]], required: ['name'] };

const BASE = '/user/:userId/webauthn';

/** Security keys, which the website reads and checks; kept here as it wrote them: internals section 3.4.2. */
export function webauthnRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  const credentialOf = async (request: FastifyRequest): Promise<WebauthnCredentialRow> => {
    const credential = await findCredential(kysely, idOf(request, 'userId'), idOf(request, 'id'));
    if (!credential) throw noResult();
    return credential;
  };
  return async (app) => {
    app.get(BASE, { schema: { summary: 'The security keys of a user' } }, async (request, reply) => {
      const user = await userOf(ctx, request);
      return answerJson(reply, 200, { data: (await listCredentials(kysely, user.id)).map(present) });
    });
    app.post(BASE, { schema: { summary: 'Add a security key' } }, async (request, reply) => {
      const user = await userOf(ctx, request);
      const body = validate(NEW_CREDENTIAL, readBody(request));
      const id = randomUUID();
      await insertCredential(kysely, {
        id,
        userId: user.id,
        name: String(body.name),
        credentialData: String(body.credential_data),
        registrationResponse: String(body.registration_response),
        now: ctx.clock.now(),
      });
      const created = await findCredential(kysely, user.id, id);
      if (!created) throw noResult();
      return answerJson(reply, 201, { data: present(created) });
    });
    app.post(`${BASE}/:id`, { schema: { summary: 'Rename a security key' } }, async (request, reply) => {
      const body = validate(NEW_NAME, readBody(request));
      const { id } = await credentialOf(request);
      await renameCredential(kysely, id, String(body.name), ctx.clock.now());
      return answerJson(reply, 200, { data: present(await credentialOf(request)) });
    });
    app.delete(`${BASE}/:id`, { schema: { summary: 'Remove a security key' } }, async (request, reply) => {
      const { id, user_id: userId } = await credentialOf(request);
      const isDeleted = await kysely.transaction().execute((trx) => deleteCredential(trx, userId, id));
      if (!isDeleted) throw refusal(400, 'Cannot delete last remaining webauthn credential for user');
      return reply.code(204).send();
    });
  };
}

function present(credential: WebauthnCredentialRow) {
  return {
    id: credential.id,
    user_id: credential.user_id,
    name: credential.name,
    credential_data: credential.credential_data,
    created_at: timestamp(credential.created_at),
    updated_at: timestamp(credential.updated_at),
    logged_in_at: timestamp(credential.logged_in_at),
  };
}
