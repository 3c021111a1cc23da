import type { FastifyRequest } from 'fastify';
import type { Clock, Logger } from '#platform/telemetry';
import { AuthError } from '../errors.ts';
import type { Service, ServiceApiKey } from '../services/service.ts';
import type { TimedCache } from '../services/timed-cache.ts';
import { findSigningKey, readToken } from './service-token.ts';

/** Who sent a request to `/v2`. */
export interface Caller {
  service: Service;
  apiKey: ServiceApiKey;
}

const callers = new WeakMap<FastifyRequest, Caller>();

/** The caller of a request that `authenticate` let in. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (!caller) throw new Error('The route has no authentication hook');
  return caller;
}

/** The service of a request, once it is known. */
export function serviceOf(request: FastifyRequest): string | undefined {
  return callers.get(request)?.service.id;
}

export interface AuthenticationContext {
  services: TimedCache<Service | undefined>;
  clock: Clock;
  log: Logger;
}

/** Public section 7.2, in the order of its table. The clock is read first: waiting must not make a token look stale. */
export function authenticate(ctx: AuthenticationContext) {
  return async (request: FastifyRequest): Promise<void> => {
    const arrivedAt = ctx.clock.now();
    const token = readToken(request.headers.authorization);
    const service = await ctx.services.get(token.serviceId);
    if (!service) throw new AuthError(403, 'Invalid token: service not found');
    if (service.apiKeys.length === 0) throw new AuthError(403, 'Invalid token: service has no API keys');
    if (!service.isActive) throw new AuthError(403, 'Invalid token: service is archived');
    const apiKey = findSigningKey(token, service.apiKeys, arrivedAt);
    callers.set(request, { service, apiKey });
    ctx.log.debug(
      {
        serviceId: service.id,
        apiKeyId: apiKey.id,
        userAgent: request.headers['user-agent'],
        path: request.url.split('?', 1)[0],
      },
      'API authorised for service',
    );
  };
}
