import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from '#platform/telemetry';
import { callerIdsOf } from '../auth/caller.ts';

/**
 * One line for each finished request (public section 8.1). The address is that of the route: ids, tokens and references
 * in the real one may say who somebody is.
 */
export function logRequests(app: FastifyInstance, log: Logger, level: 'DEBUG' | 'INFO' | 'OFF'): void {
  if (level === 'OFF') return;
  app.addHook('onResponse', async (request, reply) => {
    const { url = 'unknown' } = request.routeOptions;
    const status = reply.statusCode;
    const usual = level === 'DEBUG' || url.endsWith('/_status') ? 'debug' : 'info';
    log[status >= 500 ? 'warn' : usual](
      {
        method: request.method,
        path: url,
        status,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
        requestBytes: Number(request.headers['content-length'] ?? 0),
        responseBytes: Number(reply.getHeader('content-length') ?? 0),
        userAgent: request.headers['user-agent'],
        host: request.host,
        ...callerIdsOf(request),
        correlationId: request.id,
        ...forwardedFor(request),
      },
      'request finished',
    );
  });
}

/** The first three hops, each by itself. */
function forwardedFor(request: FastifyRequest): Record<string, string> {
  const hops = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .slice(0, 3);
  return Object.fromEntries(
    hops.map((hop, place) => [`forwardedFor${place}`, hop.trim()]).filter(([, hop]) => hop !== ''),
  );
}
