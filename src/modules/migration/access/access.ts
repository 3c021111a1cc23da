// Bearer tokens of HMPPS Auth: spec sections 7.1 and 7.2. Any one role of a row is enough.
import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { type BearerIdentity, type BearerVerifier, InvalidTokenError } from '#platform/auth';
import type { Domain } from '../engine/domain.ts';
import type { MigrationConfig } from '../settings.ts';

/** A row of the matrix; each is a setting, and each domain may add roles of its own. */
export type Surface = 'migrate' | 'repair' | 'queues' | 'mappings' | 'rooms' | 'lookup';

/** Roles for a surface and, where given, for the same surface of some domains. */
export function rolesOf(
  config: MigrationConfig,
  surface: Surface,
  domains: readonly Domain[] = [],
): string[] {
  const own = domains.map(({ name }) => (surface === 'mappings' ? `mappings.${name}` : name));
  return [surface, ...own].flatMap((name) => config[`roles:${name}`] ?? []);
}

const identities = new WeakMap<FastifyRequest, BearerIdentity>();

/** 401 with an empty body without a good token, 403 without one of the roles. */
export function requireRole(verifier: BearerVerifier, roles: readonly string[]): onRequestAsyncHookHandler {
  const wanted = new Set(roles.map(withPrefix));
  return async (request, reply) => {
    const identity = await identify(verifier, request, reply);
    if (!identity) return reply;
    if (!identity.roles.some((role) => wanted.has(withPrefix(role)))) {
      return reply.code(403).send(errorBody(403, null, null));
    }
    identities.set(request, identity);
    return undefined;
  };
}

/**
 * For routes that may concern any domain: a good token is wanted beforehand, and a role once it is known what is asked
 * for. A role of one domain gives no access to another.
 */
export function mayUse(
  config: MigrationConfig,
  request: FastifyRequest,
  surface: Surface,
  domains: readonly Domain[] = [],
): boolean {
  const wanted = new Set(rolesOf(config, surface, domains).map(withPrefix));
  return identities.get(request)?.roles.some((role) => wanted.has(withPrefix(role))) ?? false;
}

function withPrefix(role: string): string {
  return role.startsWith('ROLE_') ? role : `ROLE_${role}`;
}

/** User name of the token, else its client id: the `who` of audit messages. */
export function whoAsks(request: FastifyRequest): string {
  const identity = identities.get(request);
  if (!identity) return 'anonymous';
  return identity.subject || identity.clientId;
}

export function errorBody(
  status: number,
  userMessage: string | null,
  developerMessage: string | null,
  errorCode: number | null = null,
) {
  return { status, errorCode, userMessage, developerMessage, moreInfo: null as unknown };
}

async function identify(
  verifier: BearerVerifier,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<BearerIdentity | undefined> {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  try {
    if (token !== undefined) return await verifier.verify(token);
  } catch (error) {
    if (!(error instanceof InvalidTokenError)) throw error;
  }
  reply.code(401).header('www-authenticate', 'Bearer').send();
  return undefined;
}
