import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor, ApiKeyStore } from '#platform/auth';
import { HttpError } from '#platform/http';
import type { DirectoryContext } from '../context.ts';

/** Keys of operators' programs are apart from the one of NHS.uk: neither opens what the other does (spec section 7.5). */
export const OPERATOR_KEYS = 'directory-operators';

/** Asks every request of this scope for an operator key, in `x-api-key` or as a bearer token. */
export function requireOperator(app: FastifyInstance, { apiKeys, log }: DirectoryContext): void {
  app.addHook('onRequest', async (request, reply) => {
    const key = await verifiedKey(request, apiKeys);
    if (key === null)
      return refuse(reply, 401, 'An operator key is needed: x-api-key or Authorization: Bearer');
    actors.set(request, { kind: 'operator', id: `api_key:${key.id}`, name: key.name });
    return undefined;
  });
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof HttpError) return refuse(reply, error.status, error.message);
    const { statusCode = 500, message } = error as { statusCode?: number; message?: string };
    if (statusCode < 500) return refuse(reply, statusCode, message ?? 'Invalid request');
    log.error({ err: error, correlationId: request.id }, 'operator request failed');
    return refuse(reply, 500, 'Something went wrong on our side');
  });
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'There is no such operator function'));
}

/** Whose key the request came with. */
export function operatorOf(request: FastifyRequest): Actor {
  const actor = actors.get(request);
  if (!actor) throw new Error('Only routes behind requireOperator know their operator');
  return actor;
}

const actors = new WeakMap<FastifyRequest, Actor>();

async function verifiedKey({ headers }: FastifyRequest, apiKeys: ApiKeyStore) {
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  const given = bearer ?? headers['x-api-key'];
  return typeof given === 'string' && given !== '' ? apiKeys.verify(OPERATOR_KEYS, given) : null;
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ message });
}
