import { randomBytes, randomUUID } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import { hashPassword } from '#platform/auth';
import { violatedConstraint } from '#platform/db';
import type { NotifyContext } from '../context.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { normaliseIfPhoneNumber } from '../recipients/phone-number.ts';
import { answerJson } from '../routes/answers.ts';
import { mayLeaveEverything } from '../team/enough-managers.ts';
import { sendBuiltIn } from '../users/built-in-messages.ts';
import { BUILT_IN } from '../users/built-in-templates-data.ts';
import { firstBytes, setPassword } from '../users/sign-in.ts';
import {
  AUTH_TYPES,
  findAccountLinks,
  findUser,
  findUserByEmail,
  insertUser,
  removeFromEverything,
  searchUsers,
  type UserChanges,
  type UserRow,
  updateUser,
} from '../users/user-queries.ts';
import { type FieldValues, noResult, readBody, readFields, refusal, refuseOthers } from './fields.ts';
import { emailFault, phoneFault } from './person-fields.ts';
import { presentUser } from './present-user.ts';
import { idOf, userOf } from './requests.ts';

const NEW_USER = {
  name: { kind: 'text', required: true, check: (value) => (value.trim() ? undefined : 'Invalid name') },
  email_address: { kind: 'text', required: true, check: emailFault },
  password: { kind: 'text', required: true },
  mobile_number: { kind: 'text', nullable: true, check: phoneFault },
  auth_type: { kind: 'text', oneOf: AUTH_TYPES },
} as const satisfies Parameters<typeof readFields>[1];

const USER_CHANGES = {
  name: { kind: 'text', check: NEW_USER.name.check },
  email_address: { kind: 'text', check: emailFault },
  mobile_number: NEW_USER.mobile_number,
  auth_type: NEW_USER.auth_type,
  current_session_id: { kind: 'uuid', nullable: true },
  email_access_validated_at: { kind: 'time' },
  take_part_in_research: { kind: 'boolean' },
  receives_new_features_email: { kind: 'boolean' },
  platform_admin: { kind: 'boolean' },
  updated_by: { kind: 'uuid', nullable: true },
} as const satisfies Parameters<typeof readFields>[1];

const NO_MOBILE = 'Mobile number must be set if auth_type is set to sms_auth';
const ARCHIVED_SESSION = '00000000-0000-0000-0000-000000000000';

/** People: internals section 3.4.1. */
export function userRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.post('/user', { schema: { summary: 'Register a user' } }, async (request, reply) => {
      const fields = readFields(readBody(request), NEW_USER);
      return answerJson(reply, 201, { data: presentUser(await register(ctx, fields)) });
    });
    app.get('/user/:userId', { schema: { summary: 'One user' } }, async (request, reply) =>
      answerJson(reply, 200, { data: presentUser(await userOf(ctx, request)) }),
    );
    app.post('/user/:userId', { schema: { summary: 'Change a user' } }, async (request, reply) => {
      const user = await userOf(ctx, request);
      await change(ctx, user, readBody(request), request.id);
      return answerJson(reply, 200, { data: presentUser(await userOf(ctx, request)) });
    });
    app.post('/user/:userId/archive', { schema: { summary: 'Archive a user' } }, async (request, reply) => {
      await archive(ctx, await userOf(ctx, request));
      return reply.code(204).send();
    });
    app.post('/user/:userId/activate', { schema: { summary: 'Activate a user' } }, async (request, reply) => {
      const user = await userOf(ctx, request);
      if (user.state === 'active') throw refusal(400, 'User already active');
      await updateUser(ctx.db.kysely, user.id, { state: 'active' }, ctx.clock.now());
      return answerJson(reply, 200, { data: presentUser(await userOf(ctx, request)) });
    });
    app.post(
      '/user/:userId/update-password',
      { schema: { summary: 'Set the password of a user' } },
      async (request, reply) => {
        const body = readBody(request);
        refuseOthers(body, ['_password']);
        const { _password: password } = readFields(body, { _password: { kind: 'text', required: true } });
        if (!(await setPassword(ctx, idOf(request, 'userId'), password))) throw noResult();
        return answerJson(reply, 200, { data: presentUser(await userOf(ctx, request)) });
      },
    );
    app.get(
      '/user/:userId/organisations-and-services',
      { schema: { summary: 'What a user can switch between' } },
      async (request, reply) => {
        const user = await userOf(ctx, request);
        return answerJson(reply, 200, await findAccountLinks(ctx.db.kysely, user.id));
      },
    );
    app.post('/user/email', { schema: { summary: 'One user by email address' } }, async (request, reply) => {
      const { email } = readFields(readBody(request), {
        email: { kind: 'text', required: true, check: emailFault },
      });
      const user = await findUserByEmail(ctx.db.kysely, normaliseEmailAddress(email) ?? email);
      if (!user) throw noResult();
      return answerJson(reply, 200, { data: presentUser(user) });
    });
    app.post(
      '/user/find-users-by-email',
      { schema: { summary: 'Users by a part of their email address' } },
      async (request, reply) => {
        const { email } = readFields(readBody(request), { email: { kind: 'text', required: true } });
        const found = await searchUsers(ctx.db.kysely, email.trim().toLowerCase());
        return answerJson(reply, 200, { data: found });
      },
    );
  };
}

async function register(ctx: NotifyContext, fields: FieldValues<typeof NEW_USER>): Promise<UserRow> {
  const authType = fields.auth_type ?? 'sms_auth';
  if (authType === 'sms_auth' && !fields.mobile_number) throw refusal(400, NO_MOBILE);
  const id = randomUUID();
  const user = {
    id,
    name: fields.name.trim(),
    email_address: normaliseEmailAddress(fields.email_address) ?? fields.email_address,
    mobile_number: fields.mobile_number ? normaliseIfPhoneNumber(fields.mobile_number) : null,
    auth_type: authType,
    password_hash: await hashPassword(firstBytes(fields.password)),
    state: 'pending',
  };
  if (!(await insertUser(ctx.db.kysely, user, ctx.clock.now()))) {
    throw refusal(400, { email_address: ['A user with this email address already exists'] });
  }
  const stored = await findUser(ctx.db.kysely, id);
  if (!stored) throw new Error('A user was registered and is gone');
  return stored;
}

/** A manager's change of somebody's address or number is told to the new one. */
async function change(
  ctx: NotifyContext,
  user: UserRow,
  body: Record<string, unknown>,
  correlationId: string,
): Promise<void> {
  refuseOthers(body, Object.keys(USER_CHANGES));
  const { updated_by: editorId, ...fields } = readFields(body, USER_CHANGES);
  if (fields.platform_admin === true) throw refusal(400, 'Cannot set platform_admin to True');
  const changes: UserChanges = {
    ...fields,
    ...(fields.email_address === undefined
      ? {}
      : { email_address: normaliseEmailAddress(fields.email_address) ?? fields.email_address }),
    ...(fields.mobile_number ? { mobile_number: normaliseIfPhoneNumber(fields.mobile_number) } : {}),
  };
  const merged = { ...user, ...changes };
  if (merged.auth_type === 'sms_auth' && !merged.mobile_number) throw refusal(400, NO_MOBILE);
  const editor = editorId ? await findUser(ctx.db.kysely, editorId) : undefined;
  try {
    await ctx.db.kysely.transaction().execute(async (trx) => {
      await updateUser(trx, user.id, changes, ctx.clock.now());
      if (!editor) return;
      const personalisation = { name: user.name, servicemanagername: editor.name };
      if (changes.email_address !== undefined && changes.email_address !== user.email_address) {
        await sendBuiltIn(ctx, trx, {
          templateId: BUILT_IN.teamMemberEditEmail,
          to: changes.email_address,
          personalisation: { ...personalisation, 'email address': changes.email_address },
          correlationId,
        });
      } else if (changes.mobile_number && changes.mobile_number !== user.mobile_number) {
        await sendBuiltIn(ctx, trx, {
          templateId: BUILT_IN.teamMemberEditMobile,
          to: changes.mobile_number,
          personalisation: { ...personalisation, 'email address': user.email_address },
          correlationId,
        });
      }
    });
  } catch (error) {
    if (violatedConstraint(error) !== 'users_email_address_key') throw error;
    throw refusal(400, { email_address: ['A user with this email address already exists'] });
  }
  ctx.services.clear();
}

async function archive(ctx: NotifyContext, user: UserRow): Promise<void> {
  const now = ctx.clock.now();
  // Nobody knows it, so nobody can sign in with it.
  const password_hash = await hashPassword(randomBytes(48).toString('base64'));
  const stamp = now.toISOString().slice(0, 19).replace('T', '-');
  const host = user.email_address.slice(user.email_address.indexOf('@') + 1);
  await ctx.db.kysely.transaction().execute(async (trx) => {
    if (!(await mayLeaveEverything(trx, user))) throw refusal(400, 'User cannot be removed from a service');
    await removeFromEverything(trx, user.id);
    const changes = {
      name: 'Archived user',
      email_address: `_archived_${stamp}_${user.id}@${host}`,
      mobile_number: null,
      auth_type: 'email_auth',
      platform_admin: false,
      current_session_id: ARCHIVED_SESSION,
      state: 'inactive',
      password_hash,
      password_changed_at: now.toISOString(),
    };
    await updateUser(trx, user.id, changes, now);
  });
  ctx.services.clear();
}
