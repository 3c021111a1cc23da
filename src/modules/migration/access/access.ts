// Bearer tokens of HMPPS Auth: spec sections 7.1 and 7.2. Any one role of a row is enough.
import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { type BearerIdentity, type BearerVerifier, InvalidTokenError } from '#platform/auth';

export const MIGRATE_ROLES = ['ROLE_PRISONER_FROM_NOMIS__MIGRATION__RW', 'ROLE_MIGRATION_ADMIN'];
export const REPAIR_ROLES = ['ROLE_PRISONER_FROM_NOMIS__UPDATE__RW'];
export const QUEUE_ADMIN_ROLES = ['ROLE_SYSCON__QUEUE_ADMIN', 'ROLE_QUEUE_ADMIN'];
export const MAPPING_ROLES = ['ROLE_NOMIS_MAPPING_API__SYNCHRONISATION__RW'];
export const ROOM_ROLES = ['ROLE_NOMIS_DPS_MAPPING__VISITS__RW', 'ROLE_NOMIS_VISITS'];
/** Of the public look-up of locations. */
export const LOCATION_ROLES = ['ROLE_NOMIS_DPS_MAPPING__LOCATIONS__R', ...MAPPING_ROLES];

const identities = new WeakMap<FastifyRequest, BearerIdentity>();

/** 401 with an empty body without a good token, 403 without one of the roles. */
export function requireRole(verifier: BearerVerifier, roles: readonly string[]): onRequestAsyncHookHandler {
  const wanted = new Set(roles);
  return async (request, reply) => {
    const identity = await identify(verifier, request, reply);
    if (!identity) return reply;
    if (!identity.roles.some((role) => wanted.has(role.startsWith('ROLE_') ? role : `ROLE_${role}`))) {
      return reply.code(403).send(errorBody(403, null, null));
    }
    identities.set(request, identity);
    return undefined;
  };
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
