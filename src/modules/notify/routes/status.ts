import { readdir } from 'node:fs/promises';
import type { FastifyPluginAsync } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { readQuery } from '../requests/query.ts';
import { countServices } from '../services/service-queries.ts';
import { answerJson } from './answers.ts';
import { readCommit } from './read-commit.ts';

/** GET / and /_status: public section 3.2. */
export function statusRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    const schemaVersion = (await readdir(new URL('../migrations/', import.meta.url))).sort().at(-1) ?? '';
    const gitCommit =
      ctx.config.gitCommit ?? (await readCommit(new URL('../../../../.git/', import.meta.url)));
    for (const url of ['/', '/_status']) {
      app.route({
        method: url === '/' ? ['GET'] : ['GET', 'POST'],
        url,
        schema: { summary: 'Whether the API is up', tags: ['status'] },
        handler: async (request, reply) => {
          if ('simple' in readQuery(request.url)) return answerJson(reply, 200, { status: 'ok' });
          return answerJson(reply, 200, {
            status: 'ok',
            git_commit: gitCommit,
            build_time: ctx.startedAt.toISOString(),
            db_version: schemaVersion,
            db_bulk_version: schemaVersion,
          });
        },
      });
    }
    app.get('/_status/live-service-and-organisation-counts', {
      schema: { summary: 'How many services are live', tags: ['status'] },
      handler: async (_request, reply) =>
        answerJson(reply, 200, { organisations: 0, services: await countServices(ctx.db.kysely) }),
    });
  };
}
