import type { FastifyInstance } from 'fastify';

/** Methods that each path tells a browser about: spec section 3.10. */
const PREFLIGHTS: Record<string, string> = {
  '/ProductTeam': 'GET,OPTIONS,POST',
  '/ProductTeam/:product_team_id': 'GET,OPTIONS,DELETE',
  '/ProductTeam/:product_team_id/Product': 'GET,OPTIONS,POST',
  '/ProductTeam/:product_team_id/Product/:product_id': 'OPTIONS,DELETE',
  '/Product': 'GET,OPTIONS',
  '/Product/:product_id': 'GET,OPTIONS',
};

export function registerPreflights(app: FastifyInstance): void {
  for (const [url, methods] of Object.entries(PREFLIGHTS)) {
    app.options(url, async (_request, reply) =>
      reply
        .headers({
          'content-type': 'application/json',
          'access-control-allow-origin': '*',
          'access-control-allow-headers': 'apikey,authorization,content-type,version',
          'access-control-allow-methods': methods,
        })
        .send(Buffer.alloc(0)),
    );
  }
}
