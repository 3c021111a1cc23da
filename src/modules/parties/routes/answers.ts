import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError, type PartiesError } from '../errors.ts';
import { errorBody, gatewayBody } from '../responses/bodies.ts';

/**
 * Sends a body as it stands, with the headers of every answer (spec section 3.4). Bodies are ASCII; as a buffer it goes
 * out without the charset that Fastify would add to a text.
 */
export function sendBody(
  reply: FastifyReply,
  answer: { status: number; body: string; version?: string },
): FastifyReply {
  const { headers } = reply.request;
  reply.code(answer.status);
  reply.header('content-type', 'application/json');
  reply.header('access-control-allow-origin', '*');
  if (answer.version !== undefined) reply.header('version', answer.version);
  echo(reply, 'x-request-id', headers);
  echo(reply, 'x-correlation-id', headers);
  return reply.send(Buffer.from(answer.body, 'latin1'));
}

/** Errors in the envelope of the service, or of the gateway before it, which knows no versions. */
export function sendError(
  reply: FastifyReply,
  error: PartiesError | GatewayError,
  version: string,
): FastifyReply {
  return error instanceof GatewayError
    ? sendBody(reply, { status: error.status, body: gatewayBody(error.message) })
    : sendBody(reply, { status: error.status, body: errorBody(error.items), version });
}

function echo(reply: FastifyReply, name: string, headers: FastifyRequest['headers']): void {
  const value = headers[name];
  if (value !== undefined) reply.header(name, value);
}
