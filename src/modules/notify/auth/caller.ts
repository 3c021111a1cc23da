import type { FastifyRequest } from 'fastify';
import type { Clock, Logger } from '#platform/telemetry';
import { AuthError } from '../errors.ts';
import type { NotifyMetrics } from '../events.ts';
import type { Service, ServiceApiKey } from '../services/service.ts';
import type { TimedCache } from '../services/timed-cache.ts';
import { checkValidity, type DecodedToken, findSigner, readToken } from './service-token.ts';

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

/** The ids of the service and the key of a request, once they are known. */
export function callerIdsOf(request: FastifyRequest): { serviceId?: string; apiKeyId?: string } {
  const caller = callers.get(request);
  return caller ? { serviceId: caller.service.id, apiKeyId: caller.apiKey.id } : {};
}

export interface AuthenticationContext {
  services: TimedCache<Service | undefined>;
  clock: Clock;
  log: Logger;
  metrics: Pick<NotifyMetrics, 'authentication'>;
}

interface SignedBy {
  token: DecodedToken;
  key: ServiceApiKey;
}

// Clients make a token of whole seconds, so busy ones send the same many times, and checking a signature anew each time
// was an eighth of the intake's work.
const MOST_SIGNATURES = 1_000;

/** Public section 7.2, in the order of its table. The clock is read first: waiting must not make a token look stale. */
export function authenticate(ctx: AuthenticationContext) {
  const signatures = new Map<string, SignedBy>();
  const remember = (header: string, signedBy: SignedBy) => {
    if (signatures.size >= MOST_SIGNATURES) signatures.clear();
    signatures.set(header, signedBy);
  };
  return async (request: FastifyRequest): Promise<void> => {
    const arrivedAt = ctx.clock.now();
    const header = request.headers.authorization;
    const known = header === undefined ? undefined : signatures.get(header);
    const token = known?.token ?? readToken(header);
    const startedAt = performance.now();
    const service = await ctx.services.get(token.serviceId);
    ctx.metrics.authentication.observe((performance.now() - startedAt) / 1_000);
    const { serviceId } = token;
    if (!service) throw new AuthError(403, 'Invalid token: service not found', { serviceId });
    if (service.apiKeys.length === 0) {
      throw new AuthError(403, 'Invalid token: service has no API keys', { serviceId });
    }
    if (!service.isActive) throw new AuthError(403, 'Invalid token: service is archived', { serviceId });
    // Keys that were read again may have changed: the signature is then checked against them.
    const isKnown = known !== undefined && service.apiKeys.includes(known.key);
    const apiKey = isKnown ? known.key : findSigner(token, service.apiKeys);
    checkValidity(token, apiKey, arrivedAt);
    if (!isKnown && header !== undefined) remember(header, { token, key: apiKey });
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
