import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { OPENAPI_FILE } from '../openapi/check-document.ts';

/** GET /_openapi.yaml: the interface as a document, for everybody (spec section 1, promise 8). */
export function registerOpenapi(app: FastifyInstance): void {
  const document = readFileSync(OPENAPI_FILE);
  app.get('/_openapi.yaml', { exposeHeadRoute: false }, async (_request, reply) =>
    reply
      .header('content-type', 'application/yaml')
      .header('access-control-allow-origin', '*')
      .send(document),
  );
}
