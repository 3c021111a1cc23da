import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type AuthContext,
  findSession,
  isCsrfTokenOf,
  type NewSession,
  newToken,
  type Session,
} from '#platform/auth';
import { HttpError } from '#platform/http';

const SESSION_COOKIE = 'signalbox_session';
/** Ties the forms that come before sign-in to one browser. */
const VISIT_COOKIE = 'signalbox_visit';
const FLASH_COOKIE = 'signalbox_flash';

/** Whoever sends a request to the console. */
export interface Visitor {
  /** The form token is derived from it. */
  cookieToken: string;
  session: Session | undefined;
}

export interface Flash {
  kind: 'success' | 'notice';
  text: string;
}

/** Finds the visitor of each request, and refuses a form that did not come from our own page. */
export function registerVisitors(app: FastifyInstance, auth: AuthContext): void {
  app.decorateRequest('visitor', null);
  app.addHook('onRequest', async (request, reply) => {
    request.setDecorator('visitor', await findVisitor(auth, request, reply));
  });
  app.addHook('preValidation', async (request) => {
    if (request.method === 'GET' || request.method === 'HEAD') return;
    const site = request.headers['sec-fetch-site'];
    const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none';
    const body = (request.body ?? {}) as Record<string, unknown>;
    if (isForeign || !isCsrfTokenOf(visitorOf(request).cookieToken, body._csrf)) {
      throw new HttpError(403, 'form_expired', 'This form is no longer valid');
    }
  });
}

export function visitorOf(request: FastifyRequest): Visitor {
  return request.getDecorator<Visitor>('visitor');
}

/** The session of a page behind sign-in. */
export function sessionOf(request: FastifyRequest): Session {
  const { session } = visitorOf(request);
  if (!session) throw new HttpError(403, 'not_signed_in', 'You must sign in to do this');
  return session;
}

export function sessionTokenOf(request: FastifyRequest): string | undefined {
  return request.cookies[SESSION_COOKIE];
}

/** A new token on every sign-in: one planted in the browser before is worth nothing afterwards. */
export function setSessionCookie(reply: FastifyReply, session: NewSession): void {
  reply.setCookie(SESSION_COOKIE, session.token, {
    ...cookieOptions(reply.request),
    expires: session.expiresAt,
  });
  reply.clearCookie(VISIT_COOKIE, { path: '/' });
}

export function clearSessionCookie(reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, { path: '/' });
}

/** A message for the next page this browser shows. */
export function setFlash(reply: FastifyReply, flash: Flash): void {
  const value = Buffer.from(JSON.stringify(flash)).toString('base64url');
  reply.setCookie(FLASH_COOKIE, value, { ...cookieOptions(reply.request), maxAge: 60 });
}

export function takeFlash(request: FastifyRequest, reply: FastifyReply): Flash | undefined {
  const value = request.cookies[FLASH_COOKIE];
  if (value === undefined) return undefined;
  reply.clearCookie(FLASH_COOKIE, { path: '/' });
  return parseFlash(value);
}

async function findVisitor(
  auth: AuthContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Visitor> {
  const sessionToken = request.cookies[SESSION_COOKIE];
  const session = sessionToken ? await findSession(auth, sessionToken) : undefined;
  if (sessionToken && session) return { cookieToken: sessionToken, session };
  const known = request.cookies[VISIT_COOKIE];
  if (known !== undefined && /^[\w-]{43}$/.test(known)) return { cookieToken: known, session: undefined };
  const cookieToken = newToken();
  reply.setCookie(VISIT_COOKIE, cookieToken, cookieOptions(request));
  return { cookieToken, session: undefined };
}

function cookieOptions(request: FastifyRequest) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: request.protocol === 'https' } as const;
}

function parseFlash(value: string): Flash | undefined {
  try {
    const flash: unknown = JSON.parse(Buffer.from(value, 'base64url').toString('utf8'));
    const { kind, text } = flash as Partial<Flash>;
    return typeof text === 'string' ? { kind: kind === 'notice' ? 'notice' : 'success', text } : undefined;
  } catch {
    // A cookie the browser mangled costs one message, not the page.
    return undefined;
  }
}
