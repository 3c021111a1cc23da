import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Handle } from '#platform/db';
import { hashSessionToken, SESSION_COOKIE, SESSION_DAYS } from '../callers/caller.ts';
import { deleteSession, insertSession } from '../callers/caller-queries.ts';
import type { ListsContext } from '../context.ts';
import { markSignedIn } from './account-queries.ts';

const DAY_MS = 86_400_000;

/** Starts a session and returns its token, of which only the hash is kept. */
export async function startSession(
  ctx: ListsContext,
  trx: Handle,
  userId: string,
  kind: 'cookie' | 'token' = 'cookie',
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const now = ctx.clock.now();
  await insertSession(trx, {
    tokenHash: hashSessionToken(token),
    userId,
    kind,
    now,
    expiresAt: new Date(now.getTime() + SESSION_DAYS * DAY_MS),
  });
  await markSignedIn(trx, userId, now);
  return token;
}

export function setSessionCookie(ctx: ListsContext, reply: FastifyReply, token: string): void {
  reply.setCookie(SESSION_COOKIE, token, { ...cookieOptions(ctx), maxAge: SESSION_DAYS * 86_400 });
}

/** Ends the session of this request, and the cookies that recognise its person (spec section 10.1, F37). */
export async function endSession(
  ctx: ListsContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const token = request.cookies[SESSION_COOKIE];
  if (token !== undefined) await deleteSession(ctx.db.kysely, hashSessionToken(token));
  for (const name of [SESSION_COOKIE, 'name', 'email', RESERVATIONS_COOKIE]) {
    reply.clearCookie(name, { path: '/' });
  }
}

/** Reservations whose e-mailed link this browser has opened, or that it made: each id is its own proof. */
export const RESERVATIONS_COOKIE = 'lists_reservations';
const MOST_REMEMBERED = 40;

export function knownReservations(request: FastifyRequest): Set<string> {
  const value = request.cookies[RESERVATIONS_COOKIE] ?? '';
  return new Set(value.split('.').filter((id) => /^[\w-]{36}$/.test(id)));
}

export function rememberReservation(
  ctx: ListsContext,
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
): void {
  if (!/^[\w-]{36}$/.test(id)) return;
  const ids = [id, ...[...knownReservations(request)].filter((other) => other !== id)];
  reply.setCookie(RESERVATIONS_COOKIE, ids.slice(0, MOST_REMEMBERED).join('.'), {
    ...cookieOptions(ctx),
    maxAge: 400 * 86_400,
  });
}

export function cookieOptions(ctx: ListsContext) {
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: ctx.publicOrigin.startsWith('https:'),
  } as const;
}
