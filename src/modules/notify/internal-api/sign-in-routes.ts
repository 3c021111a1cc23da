import type { FastifyPluginAsync } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { boundedText, type ObjectSchema, oneOf, validate } from '../requests/schema.ts';
import { answerJson } from '../routes/answers.ts';
import {
  mailAlreadyRegistered,
  mailChangeEmailConfirmation,
  mailEmailVerification,
  mailPasswordReset,
} from '../users/mailed-links.ts';
import { checkPassword, completeWebauthn, sendEmailCode, sendSmsCode, verifyCode } from '../users/sign-in.ts';
import { findUserByEmail, updateUser } from '../users/user-queries.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { emailFault, phoneFault } from './person-fields.ts';
import { presentUser } from './present-user.ts';
import { idOf, userOf } from './requests.ts';

const textOrNull = (value: unknown) =>
  value === null || typeof value === 'string' ? [] : ['is not of type string, null'];
const nothing = (value: unknown) => (value === null ? [] : ['is not of type null']);
const SMS_CODE: ObjectSchema = { properties: [['to', textOrNull]], required: [] };
const EMAIL_CODE: ObjectSchema = {
  properties: [
    ['to', nothing],
    ['email_auth_link_host', textOrNull],
    ['next', textOrNull],
  ],
  required: [],
};
const VERIFY_CODE: ObjectSchema = {
  properties: [
    ['code', boundedText()],
    ['code_type', oneOf(['email', 'sms'])],
  ],
  required: ['code', 'code_type'],
};

/** Signing in, and the links that are mailed to people: internals section 3.4.2. */
export function signInRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.post(
      '/user/:userId/verify/password',
      { schema: { summary: 'Check a password' } },
      async (request, reply) => {
        const { password } = readBody(request);
        if (typeof password !== 'string') {
          throw refusal(400, { password: ['Required field missing data'] });
        }
        const outcome = await checkPassword(ctx, idOf(request, 'userId'), password);
        if (outcome === 'unknown user') throw noResult();
        if (outcome === 'wrong') throw refusal(400, { password: ['Incorrect password'] });
        return reply.code(204).send();
      },
    );
    app.post(
      '/user/:userId/reset-failed-login-count',
      { schema: { summary: 'Unlock a user' } },
      async (request, reply) => {
        const user = await userOf(ctx, request);
        await updateUser(ctx.db.kysely, user.id, { failed_login_count: 0 }, ctx.clock.now());
        return answerJson(reply, 200, { data: presentUser(await userOf(ctx, request)) });
      },
    );
    app.post(
      '/user/:userId/verify/code',
      { schema: { summary: 'Check a second factor' } },
      async (request, reply) => {
        const body = validate(VERIFY_CODE, readBody(request));
        const type = body.code_type === 'email' ? 'email' : 'sms';
        const user = await userOf(ctx, request);
        const outcome = await verifyCode(ctx, user.id, { code: String(body.code), type });
        if (outcome === 'not found') throw refusal(404, 'Code not found');
        if (outcome === 'expired') throw refusal(400, 'Code has expired');
        return reply.code(204).send();
      },
    );
    app.post(
      '/user/:userId/sms-code',
      { schema: { summary: 'Text a security code' } },
      async (request, reply) => {
        const body = validate(SMS_CODE, readBody(request));
        const user = await userOf(ctx, request);
        const to = typeof body.to === 'string' && body.to !== '' ? body.to : user.mobile_number;
        const fault = to === null ? 'Invalid phone number: Not enough digits' : phoneFault(to);
        if (to === null || fault !== undefined) throw refusal(400, { to: [fault] });
        await sendSmsCode(ctx, user, { to, correlationId: request.id });
        return reply.code(204).send();
      },
    );
    app.post(
      '/user/:userId/email-code',
      { schema: { summary: 'Mail a sign-in link' } },
      async (request, reply) => {
        const body = validate(EMAIL_CODE, readBody(request));
        await sendEmailCode(ctx, await userOf(ctx, request), {
          host: textOf(body.email_auth_link_host),
          next: textOf(body.next),
          correlationId: request.id,
        });
        return reply.code(204).send();
      },
    );
    registerWebauthnOutcome();
    registerLinks();

    function registerWebauthnOutcome(): void {
      app.post(
        '/user/:userId/complete/webauthn-login',
        { schema: { summary: 'Record what a security key said' } },
        async (request, reply) => {
          const fields = readFields(readBody(request), {
            successful: { kind: 'boolean', required: true },
            webauthn_credential_id: { kind: 'uuid', nullable: true },
          });
          const outcome = await completeWebauthn(ctx, idOf(request, 'userId'), {
            isSuccessful: fields.successful,
            credentialId: fields.webauthn_credential_id ?? null,
          });
          if (outcome === 'unknown user') throw noResult();
          if (outcome === 'locked') throw refusal(403, 'Maximum login count exceeded');
          return reply.code(204).send();
        },
      );
    }

    function registerLinks(): void {
      app.post(
        '/user/:userId/email-verification',
        { schema: { summary: 'Mail the link that ends a registration' } },
        async (request, reply) => {
          const user = await userOf(ctx, request);
          const body = readBody(request);
          const to = addressIn(body, 'to');
          const baseUrl = textOf(body.admin_base_url);
          await mailEmailVerification(ctx, user, { to, baseUrl, correlationId: request.id });
          return reply.code(204).send();
        },
      );
      app.post(
        '/user/:userId/change-email-verification',
        { schema: { summary: 'Mail the link that confirms a new address' } },
        async (request, reply) => {
          const user = await userOf(ctx, request);
          const to = addressIn(readBody(request), 'email');
          await mailChangeEmailConfirmation(ctx, user, { to, correlationId: request.id });
          return reply.code(204).send();
        },
      );
      app.post(
        '/user/:userId/email-already-registered',
        { schema: { summary: 'Tell somebody that they have an account' } },
        async (request, reply) => {
          await userOf(ctx, request);
          const to = addressIn(readBody(request), 'email');
          await mailAlreadyRegistered(ctx, { to, correlationId: request.id });
          return reply.code(204).send();
        },
      );
      app.post(
        '/user/reset-password',
        { schema: { summary: 'Mail the link to a new password' } },
        async (request, reply) => {
          const body = readBody(request);
          const user = await findUserByEmail(ctx.db.kysely, addressIn(body, 'email'));
          if (!user) throw noResult();
          await mailPasswordReset(ctx, user, {
            baseUrl: textOf(body.admin_base_url),
            next: textOf(body.next),
            correlationId: request.id,
          });
          return reply.code(204).send();
        },
      );
    }
  };
}

function addressIn(body: Record<string, unknown>, name: string): string {
  const { [name]: address } = readFields(body, {
    [name]: { kind: 'text', required: true, check: emailFault },
  });
  return normaliseEmailAddress(String(address)) ?? '';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
