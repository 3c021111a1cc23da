import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PartiesContext } from '../context.ts';

/** Counts the call for its key, and writes the access log line of spec section 8.2 where the setting asks for one. */
export function logRequest(ctx: PartiesContext, request: FastifyRequest, reply: FastifyReply): void {
  const { parties } = request;
  const status = reply.statusCode;
  if (parties) {
    const { application, keyName } = parties.caller;
    ctx.callCounts.add({ application, keyName, operation: parties.operation, status });
  }
  const { accessLog } = ctx.config;
  const isChange = request.method === 'POST' || request.method === 'DELETE';
  if (accessLog === 'off' || (accessLog === 'changes' && !isChange && status < 400)) return;
  const { headers } = request;
  ctx.log.info(
    {
      requestid: headers['x-request-id'] ?? request.id,
      ip: request.ip,
      user_agent: headers['user-agent'],
      request_time: new Date(Date.now() - reply.elapsedTime).toISOString(),
      http_method: request.method,
      // The pattern and not the address: ids are in the register, and a query may hold anything.
      path: request.routeOptions.url ?? 'unknown',
      status,
      protocol: `HTTP/${request.raw.httpVersion}`,
      response_length: reply.getHeader('content-length'),
      x_correlationid: headers['x-correlation-id'],
      nhsd_correlationid: headers['nhsd-correlation-id'],
      environment: ctx.config.environment,
      application: parties?.caller.application,
    },
    'request',
  );
}
