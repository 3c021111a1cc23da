import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as oauth from 'oauth4webapi';
import type { Handle } from '#platform/db';
import { selectIdentity } from '../accounts/account-queries.ts';
import { PROVIDERS, type ProviderName } from '../accounts/federation.ts';
import { insertAttempt, takeAttempt } from '../accounts/federation-queries.ts';
import { type LinkOutcome, link, signInWithProfile } from '../accounts/link-identity.ts';
import { cookieOptions, setSessionCookie } from '../accounts/sessions.ts';
import { hashSessionToken, resolveCaller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { speechFor } from '../pages/words/index.ts';
import { newOpaque, safeReturnPath } from './native-accounts.ts';

const STATE_COOKIE = 'lists_federation';
const ATTEMPT_MS = 10 * 60_000;
const NAMES: Record<ProviderName, string> = { google: 'Google', facebook: 'Facebook' };

/**
 * Sign-in at a provider, in browser redirects: spec section 7.5. The state is bound to the browser by a cookie and
 * given out once, so an answer meant for another browser, or for another time, is refused.
 */
export function registerFederated(app: FastifyInstance, ctx: ListsContext): void {
  app.get('/auth/federated/:provider', { schema: { hide: true } }, (request, reply) =>
    begin(ctx, request, reply),
  );
  app.get('/auth/federated/:provider/callback', { schema: { hide: true } }, (request, reply) =>
    finish(ctx, request, reply),
  );
}

async function begin(ctx: ListsContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const provider = providerOf(ctx, request);
  if (!provider) return reply.redirect('/login?error=true', 303);
  const { redirect, link: wantsLink } = request.query as Record<string, string | undefined>;
  const { caller } = await resolveCaller(ctx, request);
  const [state, nonce, codeVerifier] = [newOpaque(), newOpaque(), oauth.generateRandomCodeVerifier()];
  await insertAttempt(ctx.db.kysely, {
    stateHash: hashSessionToken(state),
    provider,
    code_verifier: codeVerifier,
    nonce,
    return_to: safeReturnPath(typeof redirect === 'string' ? redirect : undefined),
    link_user_id: wantsLink === 'true' ? (caller?.userId ?? null) : null,
    now: ctx.clock.now(),
  });
  try {
    const url = await ctx.federation.begin(provider, {
      redirectUri: callbackUrl(ctx, provider),
      state,
      nonce,
      codeVerifier,
    });
    reply.setCookie(STATE_COOKIE, state, { ...cookieOptions(ctx), maxAge: ATTEMPT_MS / 1_000 });
    return reply.redirect(url.href, 303);
  } catch (error) {
    ctx.log.warn({ err: error, provider }, 'sign-in provider not reachable');
    return reply.redirect('/login?error=true', 303);
  }
}

async function finish(
  ctx: ListsContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store').clearCookie(STATE_COOKIE, { path: '/' });
  const provider = providerOf(ctx, request);
  const state = request.cookies[STATE_COOKIE];
  const since = new Date(ctx.clock.now().getTime() - ATTEMPT_MS);
  const attempt =
    state === undefined ? undefined : await takeAttempt(ctx.db.kysely, hashSessionToken(state), since);
  if (!provider || state === undefined || attempt?.provider !== provider) {
    return reply.redirect('/login?error=true', 303);
  }
  const { locale } = speechFor(request, undefined);
  const visit = { address: request.ip, correlationId: request.id, isTest: false, locale };
  try {
    const redirectUri = callbackUrl(ctx, provider);
    const callback = new URL(redirectUri);
    callback.search = new URL(request.raw.url ?? '/', redirectUri).search;
    const { nonce, code_verifier: codeVerifier } = attempt;
    const profile = await ctx.federation.finish(provider, {
      callback,
      redirectUri,
      state,
      nonce,
      codeVerifier,
    });
    if (attempt.link_user_id !== null) {
      const isLinked = await linkToProfile(ctx, attempt.link_user_id, profile, visit);
      return reply.redirect(isLinked ? '/profile?linked=true' : '/profile?error=taken', 303);
    }
    const outcome = await signInWithProfile(ctx, profile, visit);
    return leave(ctx, reply, provider, attempt.return_to, outcome);
  } catch (error) {
    ctx.log.warn({ err: error, provider }, 'sign-in at a provider failed');
    return reply.redirect('/login?error=true', 303);
  }
}

function leave(
  ctx: ListsContext,
  reply: FastifyReply,
  provider: ProviderName,
  returnTo: string,
  outcome: LinkOutcome,
): FastifyReply {
  if (outcome.kind === 'refused') {
    const error = {
      google_domain: 'GoogleDomainError',
      no_email: 'NoEmail',
      unverified_email: 'PasswordFirst',
    };
    const reason = (error as Record<string, string>)[outcome.reason] ?? 'true';
    return reply.redirect(`/login?error=${reason}&provider=${provider}`, 303);
  }
  setSessionCookie(ctx, reply, outcome.token);
  const welcome = `/signup-complete?account=${NAMES[provider]}`;
  return reply.redirect(outcome.isNew ? welcome : returnTo, 303);
}

/** From the profile: the identity joins the account that asked, unless it is another account's. */
async function linkToProfile(
  ctx: ListsContext,
  userId: string,
  profile: Parameters<typeof link>[3],
  visit: { correlationId: string },
): Promise<boolean> {
  return ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await link(ctx, trx, userId, profile, visit);
    return (await selectIdentity(trx, profile.provider, profile.subject)) === userId;
  });
}

function providerOf(ctx: ListsContext, request: FastifyRequest): ProviderName | undefined {
  const { provider } = request.params as { provider?: string };
  const name = PROVIDERS.find((known) => known === provider);
  return name !== undefined && ctx.federation.available.includes(name) ? name : undefined;
}

function callbackUrl(ctx: ListsContext, provider: ProviderName): string {
  return `${ctx.publicOrigin}/auth/federated/${provider}/callback`;
}
