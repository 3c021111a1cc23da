import type { FastifyPluginAsync } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { countOrganisations } from '../organisations/organisation-queries.ts';
import { readQuery } from '../requests/query.ts';
import { countServices, findSchemaVersion } from '../services/service-queries.ts';
import { answerJson } from './answers.ts';
import { readCommit } from './read-commit.ts';

/** GET / and /_status: public section 3.2. */
export function statusRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    const gitCommit =
      ctx.config.gitCommit ?? (await readCommit(new URL('../../../../.git/', import.meta.url)));
    for (const url of ['/', '/_status']) {
      app.route({
        method: url === '/' ? ['GET'] : ['GET', 'POST'],
        url,
        schema: { summary: 'Whether the API is up', tags: ['status'] },
        handler: async (request, reply) => {
          if ('simple' in readQuery(request.url)) return answerJson(reply, 200, { status: 'ok' });
          // Asked of the database each time: an answer means that it is there.
          const schemaVersion = await findSchemaVersion(ctx.db.kysely);
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
      handler: async (_request, reply) => {
        const { kysely } = ctx.db;
        const [organisations, services] = await Promise.all([
          countOrganisations(kysely),
          countServices(kysely),
        ]);
        return answerJson(reply, 200, { organisations, services });
      },
    });
  };
}
