import type { FastifyError, FastifyInstance } from 'fastify';
import { sqlState } from '#platform/db';
import { errorBody } from '../access/access.ts';
import { AccessDeniedError, MappingConflictError, MigrationError } from '../errors.ts';

/** PostgreSQL keeps every text but one with U+0000; the statement has changed nothing. */
const UNSTORABLE: ReadonlySet<string> = new Set(['22021', '22P05']);

/** The error body of spec section 3.1; a 500 also carries `message`, as the original's framework does. */
export function registerErrors(app: FastifyInstance): void {
  app.setErrorHandler((thrown, request, reply) => {
    if (thrown instanceof MigrationError) {
      const { status, userMessage, developerMessage } = thrown;
      return reply.code(status).send(errorBody(status, userMessage, developerMessage));
    }
    if (thrown instanceof AccessDeniedError) return reply.code(403).send(errorBody(403, null, null));
    if (thrown instanceof MappingConflictError) return reply.code(thrown.status).send(thrown.body);
    if (UNSTORABLE.has(sqlState(thrown) ?? '')) {
      const message = 'a text holds a character that cannot be kept, such as U+0000';
      return reply.code(400).send(errorBody(400, `Validation failure: ${message}`, message));
    }
    const error = thrown as FastifyError & { status?: number };
    const status = error.statusCode ?? 500;
    if (status < 500) {
      const isMalformed = status === 400 && error.code?.startsWith('FST_ERR_CTP');
      const prefix = error.validation || isMalformed ? 'Validation failure' : 'Bad Request';
      return reply.code(status).send(errorBody(status, `${prefix}: ${error.message}`, error.message));
    }
    request.log.error({ err: error, correlationId: request.id }, 'request failed');
    const message = 'Something went wrong on our side';
    return reply
      .code(500)
      .send({ ...errorBody(500, `Unexpected error: ${message}`, message), message, path: request.url });
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      ...errorBody(404, 'Not Found: No such path', 'No such path'),
      path: request.url.split('?', 1)[0],
    }),
  );
}
