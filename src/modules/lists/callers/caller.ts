import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { ListsContext } from '../context.ts';
import { parseSignature, verifySignature } from '../gateway/sigv4.ts';
import { storable } from '../gateway/text.ts';
import { prolongSession, selectApiClient, selectSession } from './caller-queries.ts';

/** Somebody with an account, however they proved it (spec section 7.1). */
export interface Caller {
  kind: 'session' | 'bearer' | 'api_client';
  userId: string;
  /** Undefined for an API client whose user the application has no row for. */
  email: string | undefined;
  name: string | undefined;
  roles: string[];
  locale: string | null;
  currency: string | null;
}

export type CallerProblem = 'unknown_key' | 'mismatch' | 'expired' | 'bad_token';

/** Who calls; undefined for nobody, a problem for credentials that do not hold. */
export type CallerOutcome = { caller?: Caller; problem?: CallerProblem };

export const SESSION_COOKIE = 'lists_session';
export const SESSION_DAYS = 30;
const DAY_MS = 86_400_000;

const resolved = new WeakMap<FastifyRequest, Caller>();

/** Who was found to send this request, for the log; undefined for nobody, and where nobody asked. */
export function knownCaller(request: FastifyRequest): Caller | undefined {
  return resolved.get(request);
}

/** Reads the credentials of a request: an AWS signature, a bearer token, or the session cookie. */
export async function resolveCaller(ctx: ListsContext, request: FastifyRequest): Promise<CallerOutcome> {
  const outcome = await readCredentials(ctx, request);
  if (outcome.caller) resolved.set(request, outcome.caller);
  return outcome;
}

async function readCredentials(ctx: ListsContext, request: FastifyRequest): Promise<CallerOutcome> {
  const { authorization } = request.headers;
  if (authorization !== undefined && authorization !== '') {
    if (authorization.startsWith('AWS4-HMAC-SHA256')) return resolveApiClient(ctx, request, authorization);
    const bearer = /^Bearer\s+(\S+)$/i.exec(authorization);
    if (!bearer?.[1]) return { problem: 'bad_token' };
    const caller = await callerOfToken(ctx, bearer[1], 'bearer');
    return caller ? { caller } : { problem: 'bad_token' };
  }
  const cookie = request.cookies[SESSION_COOKIE];
  if (cookie === undefined || cookie === '' || !isOwnPage(request)) return {};
  const caller = await callerOfToken(ctx, cookie, 'session');
  return caller ? { caller } : {};
}

/**
 * A cookie counts for changes only when the browser says that a page of ours sent the request. Every browser in use
 * sends Sec-Fetch-Site or Origin with them; a program that sends neither cannot be misled by a foreign page.
 */
export function isOwnPage(request: FastifyRequest): boolean {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return true;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = request.headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === request.headers.host;
}

export function hashSessionToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

async function callerOfToken(
  ctx: ListsContext,
  token: string,
  kind: 'session' | 'bearer',
): Promise<Caller | undefined> {
  const hash = hashSessionToken(token);
  const now = ctx.clock.now();
  const row = await selectSession(ctx.db.kysely, hash, now);
  if (!row || (kind === 'session' && row.kind !== 'cookie')) return undefined;
  // Sliding, but written at most once a day.
  const fresh = now.getTime() + SESSION_DAYS * DAY_MS;
  if (row.expires_at.getTime() < fresh - DAY_MS) await prolongSession(ctx.db.kysely, hash, new Date(fresh));
  const { id, email, name, roles, locale, currency } = row;
  return { kind, userId: id, email, name: name ?? undefined, roles, locale, currency };
}

async function resolveApiClient(
  ctx: ListsContext,
  request: FastifyRequest,
  authorization: string,
): Promise<CallerOutcome> {
  const parts = parseSignature(authorization);
  // An empty access key is how some clients say that they have none.
  if (parts?.accessKey === '') return {};
  if (!parts) return { problem: 'mismatch' };
  const client = await selectApiClient(ctx.db.kysely, storable(parts.accessKey));
  if (!client) return { problem: 'unknown_key' };
  const outcome = verifySignature(
    {
      method: request.method,
      target: request.raw.url ?? '/',
      headers: request.headers,
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    },
    parts,
    ctx.secrets.decrypt(client.secret_encrypted).toString('utf8'),
    ctx.clock.now(),
  );
  if (outcome !== 'valid') return { problem: outcome };
  return {
    caller: {
      kind: 'api_client',
      userId: client.user_id,
      email: client.email ?? undefined,
      name: client.name ?? undefined,
      roles: client.roles ?? [],
      locale: null,
      currency: null,
    },
  };
}
