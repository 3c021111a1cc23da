import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { confirm, forgotPassword, resendCode, resetPassword, signIn, signUp } from '../accounts/account.ts';
import {
  changeProfile,
  confirmNewEmail,
  describeUser,
  eraseAccount,
  unlinkProvider,
} from '../accounts/profile.ts';
import { selectUserExport } from '../accounts/profile-queries.ts';
import { endSession, setSessionCookie } from '../accounts/sessions.ts';
import { isOwnPage } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import type { Call, Endpoint } from '../gateway/endpoint.ts';
import { isTestTraffic } from '../kpi/kpi.ts';
import { speechFor } from '../pages/words/index.ts';

const text = Type.String();
const Empty = Type.Object({});

export const SessionShape = Type.Object({
  userId: text,
  email: text,
  name: text,
  roles: Type.Array(text),
  language: text,
  currency: text,
  hasPassword: Type.Boolean(),
  providers: Type.Array(text),
});

const bodyOf = (call: Call): Record<string, unknown> => (call.body.kind === 'object' ? call.body.value : {});

const visitOf = (call: Call) => ({
  address: call.address,
  correlationId: call.correlationId,
  isTest: isTestTraffic(call),
  locale: speechFor(call.request, call.caller).locale,
});

/** Nobody may be signed in, up or out by a page of another site (spec section 7; "sign-in CSRF"). */
function requireOwnPage(call: Call): void {
  if (!isOwnPage(call.request)) throw errors.forbidden('foreign_page', 'This must be sent by our own pages.');
}

/** Spec section 7.3. Codes of errors are those of section 7.4. */
export const accountEndpoints: Endpoint[] = [
  {
    method: 'POST',
    path: '/auth/sign-up',
    access: 'public',
    summary: 'Make an account; a code is sent to confirm it',
    body: Type.Object({ name: text, email: text, password: text }),
    answer: Type.Object({ userId: text }),
    status: 202,
    handle: async (ctx, call) => {
      requireOwnPage(call);
      const { name, email, password } = bodyOf(call);
      return signUp(ctx, { name, email, password }, visitOf(call));
    },
  },
  {
    method: 'POST',
    path: '/auth/resend-code',
    access: 'public',
    summary: 'Send the confirmation code again',
    body: Type.Object({ email: text }),
    answer: Empty,
    status: 202,
    handle: async (ctx, call) => resendCode(ctx, { email: bodyOf(call).email }, visitOf(call)),
  },
  {
    method: 'POST',
    path: '/auth/confirm',
    access: 'public',
    summary: 'Confirm the address; with the password it signs in as well',
    body: Type.Object({ email: text, code: text, password: Type.Optional(text) }),
    answer: Type.Object({ signedIn: Type.Boolean() }),
    handle: async (ctx, call) => {
      requireOwnPage(call);
      const { email, code, password } = bodyOf(call);
      const { token } = await confirm(ctx, { email, code, password }, visitOf(call));
      if (token !== undefined) setSessionCookie(ctx, call.reply, token);
      return { signedIn: token !== undefined };
    },
  },
  {
    method: 'POST',
    path: '/auth/sign-in',
    access: 'public',
    summary: 'Sign in; `token: true` gives a bearer token in place of a cookie',
    body: Type.Object({ email: text, password: text, token: Type.Optional(Type.Boolean()) }),
    answer: Type.Object({
      userId: text,
      email: text,
      name: text,
      roles: Type.Array(text),
      token: Type.Optional(text),
    }),
    handle: async (ctx, call) => {
      requireOwnPage(call);
      const { email, password, token: wantsToken } = bodyOf(call);
      const kind = wantsToken === true ? 'token' : 'cookie';
      const { user, token } = await signIn(ctx, { email, password }, visitOf(call), kind);
      if (kind === 'cookie') setSessionCookie(ctx, call.reply, token);
      const { id, name, roles } = user;
      return {
        userId: id,
        email: user.email,
        name: name ?? user.email,
        roles,
        ...(kind === 'token' ? { token } : {}),
      };
    },
  },
  {
    method: 'POST',
    path: '/auth/forgot-password',
    access: 'public',
    summary: 'Send a code to set a new password with',
    body: Type.Object({ email: text }),
    answer: Empty,
    status: 202,
    handle: async (ctx, call) => forgotPassword(ctx, { email: bodyOf(call).email }, visitOf(call)),
  },
  {
    method: 'POST',
    path: '/auth/reset-password',
    access: 'public',
    summary: 'Set a new password with a code',
    body: Type.Object({ email: text, code: text, password: text }),
    answer: Empty,
    handle: async (ctx, call) => {
      const { email, code, password } = bodyOf(call);
      await resetPassword(ctx, { email, code, password }, visitOf(call));
    },
  },
  {
    method: 'GET',
    path: '/auth/session',
    access: 'user',
    summary: 'Who is signed in; 401 when nobody is',
    answer: SessionShape,
    handle: async (ctx, call) => describeUser(ctx, call.user.userId),
  },
  {
    method: 'POST',
    path: '/auth/sign-out',
    access: 'public',
    summary: 'End the session',
    answer: Empty,
    handle: async (ctx, call) => {
      requireOwnPage(call);
      await endSession(ctx, call.request, call.reply);
    },
  },
  {
    method: 'GET',
    path: '/auth/providers',
    access: 'public',
    summary: 'Providers one can sign in with here',
    answer: Type.Object({ providers: Type.Array(text) }),
    handle: async (ctx) => ({ providers: ctx.federation.available }),
  },
  {
    method: 'GET',
    path: '/me',
    access: 'user',
    summary: 'The profile',
    answer: SessionShape,
    handle: async (ctx, call) => describeUser(ctx, call.user.userId),
  },
  {
    method: 'PATCH',
    path: '/me',
    access: 'user',
    summary: 'Change name, language, currency or address (which a code sent to it confirms)',
    body: Type.Partial(Type.Object({ name: text, email: text, language: text, currency: text })),
    answer: SessionShape,
    handle: async (ctx, call) => {
      await changeProfile(ctx, call.user, bodyOf(call), call.correlationId);
      return describeUser(ctx, call.user.userId);
    },
  },
  {
    method: 'POST',
    path: '/me/confirm-email',
    access: 'user',
    summary: 'Take over a new address with the code sent to it',
    body: Type.Object({ code: text }),
    answer: SessionShape,
    handle: async (ctx, call) => {
      await confirmNewEmail(ctx, call.user, bodyOf(call).code, call.correlationId);
      return describeUser(ctx, call.user.userId);
    },
  },
  {
    method: 'GET',
    path: '/me/export',
    access: 'user',
    summary: 'Everything kept about the caller',
    answer: Type.Object({}, { additionalProperties: true }),
    handle: async (ctx, call) => selectUserExport(ctx.db.kysely, call.user.userId),
  },
  {
    method: 'DELETE',
    path: '/me/providers/:provider',
    access: 'user',
    summary: 'Unlink a sign-in provider',
    answer: Empty,
    handle: async (ctx, call) => unlinkProvider(ctx, call.user, call.param('provider')),
  },
  {
    method: 'DELETE',
    path: '/me',
    access: 'user',
    summary: 'Erase the account and its lists',
    answer: Type.Object({ erased: Type.Boolean() }),
    handle: async (ctx, call) => {
      await eraseAccount(ctx, call.user.userId, call.correlationId);
      await endSession(ctx, call.request, call.reply);
      return { erased: true };
    },
  },
];

/** A path on this site and nothing else: `//host`, `/\host` and absolute addresses lead away (spec section 12.1). */
export function safeReturnPath(value: string | undefined): string {
  if (value === undefined || !/^\/(?![/\\])[^\p{Cc}\\]*$/u.test(value)) return '/';
  const url = new URL(value, 'http://own.invalid');
  return url.host === 'own.invalid' ? `${url.pathname}${url.search}` : '/';
}

export function newOpaque(): string {
  return randomBytes(32).toString('base64url');
}

export type RouteRegistration = (app: FastifyInstance, ctx: ListsContext) => void;
