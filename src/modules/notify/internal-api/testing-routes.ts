import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import { hashPassword } from '#platform/auth';
import type { NotifyContext } from '../context.ts';
import { insertOrganisationMember, leaveOrganisations } from '../organisations/organisation-queries.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { parseBody } from '../requests/json-body.ts';
import { isObject } from '../requests/schema.ts';
import { insertMember, replacePermissions, USER_PERMISSIONS } from '../team/member-queries.ts';
import { firstBytes } from '../users/sign-in.ts';
import { AUTH_TYPES, findUserByEmail, insertUser, updateUser } from '../users/user-queries.ts';
import { authenticateClient } from './admin-auth.ts';
import { readFields, refusal } from './fields.ts';
import { emailFault, phoneFault } from './person-fields.ts';

const TEST_USER = {
  name: { kind: 'text', required: true },
  email_address: { kind: 'text', required: true, check: emailFault },
  mobile_number: { kind: 'text', nullable: true, check: phoneFault },
  auth_type: { kind: 'text', required: true, oneOf: AUTH_TYPES },
  password: { kind: 'text', required: true },
  state: { kind: 'text', required: true, oneOf: ['pending', 'active', 'inactive'] },
  permissions: { kind: 'texts', required: true },
  service_id: { kind: 'uuid', required: true },
  organisation_id: { kind: 'uuid', nullable: true },
} as const satisfies Parameters<typeof readFields>[1];

/** The people of functional tests: internals section 3.8. Only where REGISTER_FUNCTIONAL_TESTING_BLUEPRINT is on. */
export function testingRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    if (!ctx.config.hasTestingRoutes) return;
    app.addHook('onRequest', authenticateClient(ctx, 'notify-functional-tests'));
    app.put(
      '/__testing/functional/users',
      { schema: { summary: 'Make or renew users of functional tests' } },
      async (request, reply) => {
        const users = parseBody(Buffer.isBuffer(request.body) ? request.body : Buffer.from('[]'));
        if (!Array.isArray(users) || !users.every(isObject)) throw refusal(400, 'A list of users is needed');
        for (const user of users) await upsertTestUser(ctx, user);
        ctx.services.clear();
        return reply.code(201).type('text/plain').send('ok');
      },
    );
  };
}

async function upsertTestUser(ctx: NotifyContext, body: Record<string, unknown>): Promise<void> {
  const fields = readFields(body, TEST_USER);
  if (fields.auth_type === 'sms_auth' && !fields.mobile_number) {
    throw refusal(400, 'Mobile number must be set if auth_type is set to sms_auth');
  }
  const now = ctx.clock.now();
  const email_address = normaliseEmailAddress(fields.email_address) ?? fields.email_address;
  const person = {
    name: fields.name,
    mobile_number: fields.mobile_number ?? null,
    auth_type: fields.auth_type,
    state: fields.state,
    password_hash: await hashPassword(firstBytes(fields.password)),
  };
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await insertUser(trx, { id: randomUUID(), email_address, ...person }, now);
    const user = await findUserByEmail(trx, email_address);
    if (!user) throw new Error('A user was made and is gone');
    await updateUser(trx, user.id, { ...person, platform_admin: false, failed_login_count: 0 }, now);
    await insertMember(trx, fields.service_id, user.id);
    const known = USER_PERMISSIONS.filter((name) => fields.permissions.includes(name));
    await replacePermissions(trx, { serviceId: fields.service_id, userId: user.id }, known);
    await leaveOrganisations(trx, user.id);
    if (!fields.organisation_id) return;
    const member = { organisationId: fields.organisation_id, userId: user.id, permissions: [] };
    await insertOrganisationMember(trx, member);
  });
}
