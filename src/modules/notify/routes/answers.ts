import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** On every answer: public section 3.1. */
export const responseHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'Content-Type,Authorization',
  'access-control-allow-methods': 'GET,PUT,POST,DELETE',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
  'cache-control': 'no-store, no-cache, private, must-revalidate',
};

/** Sends JSON as the original does: no charset, and numbers made by `float` with their decimal point. */
export function answerJson(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  // It took too long and has its 504.
  if (reply.sent) return reply;
  // A Buffer goes out as it is; Fastify would add a charset to the content type of a text.
  return reply
    .code(status)
    .header('content-type', 'application/json')
    .send(Buffer.from(JSON.stringify(body)));
}

/** The address that links in an answer start with: the configured one, else the one the caller used. */
export function baseUrlOf(
  request: FastifyRequest,
  scope: FastifyInstance,
  configured: string | undefined,
): string {
  if (configured !== undefined) return configured.replace(/\/+$/, '');
  return `${request.protocol}://${request.host}${scope.prefix}`;
}

/** The path of a request without its query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/';
}
