import type { FastifyRequest } from 'fastify';
import { decodeToken, findSigningKey } from '../auth/service-token.ts';
import type { NotifyContext } from '../context.ts';
import { AuthError } from '../errors.ts';

export type InternalClient = 'notify-admin' | 'notify-functional-tests';

/** Lets in requests that `client` signed: internals section 7.1. Nobody is known without a setting that names them. */
export function authenticateClient(ctx: NotifyContext, client: InternalClient) {
  const named = ctx.config.internalClients[client] ?? [];
  const secrets = named.length === 0 && client === 'notify-admin' ? ctx.config.internalSecrets : named;
  const keys = secrets.map((secret) => ({ secret: Buffer.from(secret), expiresAt: null }));
  return async (request: FastifyRequest): Promise<void> => {
    const arrivedAt = ctx.clock.now();
    const token = decodeToken(request.headers.authorization);
    if (token.claims.iss !== client) {
      throw new AuthError(401, 'Unauthorized: not allowed to perform this action');
    }
    findSigningKey(token, keys, arrivedAt);
    ctx.log.debug(
      { client, userId: request.headers['x-notify-user-id'], path: request.routeOptions.url },
      'internal request authorised',
    );
  };
}
