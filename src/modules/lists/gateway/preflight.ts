import type { FastifyInstance } from 'fastify';
import type { ListsContext } from '../context.ts';

const ALLOWED_HEADERS = 'Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token';

/** Answers to CORS preflight by path: spec section 3.1.9. */
const METHODS: [path: string, methods: string][] = [
  ['/lists', 'GET,OPTIONS,POST'],
  ['/lists/:id', 'GET,DELETE,PUT,OPTIONS'],
  ['/lists/:id/close', 'POST,OPTIONS'],
  ['/lists/:id/shared', 'GET,OPTIONS'],
  ['/lists/:id/product/:productid', 'POST,PUT,DELETE,OPTIONS'],
  ['/lists/:id/reserve/:productid/email/:email', 'POST,OPTIONS'],
  ['/lists/reserve/:id/email/:email', 'PUT,DELETE,OPTIONS'],
  ['/lists/reservation/:id', 'GET,DELETE,OPTIONS'],
  ['/lists/purchase/:reservationid/email/:email', 'PUT,OPTIONS'],
  ['/products', 'POST,OPTIONS'],
  ['/notfound', 'POST,OPTIONS'],
  ['/products/:id', 'GET,DELETE,PUT,OPTIONS'],
  ['/notfound/:id', 'GET,DELETE,PUT,OPTIONS'],
  ['/products/url/*', 'GET,OPTIONS'],
  ['/products/query/metadata/*', 'GET,OPTIONS'],
  ['/contact', 'POST,OPTIONS'],
];

export function registerPreflight(app: FastifyInstance, ctx: ListsContext): void {
  const isNamed = ['prod', 'staging'].includes(ctx.config.environment);
  for (const [path, methods] of METHODS) {
    app.options(path, { schema: { hide: true } }, async (_request, reply) =>
      reply
        .headers({
          'access-control-allow-headers': ALLOWED_HEADERS,
          'access-control-allow-methods': methods,
          'access-control-allow-origin': isNamed ? ctx.publicOrigin : '*',
        })
        .send({}),
    );
  }
}
