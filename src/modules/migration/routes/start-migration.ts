import type { FastifyPluginAsync } from 'fastify';
import { Type } from 'typebox';
import { requireRole, rolesOf, whoAsks } from '../access/access.ts';
import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { startRun } from '../runs/start-run.ts';
import { tagOf } from './tags.ts';

/** `POST /migrate/visits` and its like: spec section 3.2. */
export function startMigration(ctx: MigrationContext, domain: Domain): FastifyPluginAsync {
  return async (app) => {
    const { bulk } = domain;
    if (!bulk) return;
    app.post(
      bulk.startPath,
      {
        schema: {
          summary: `Start a migration of ${domain.title.toLowerCase()}`,
          tags: [tagOf(domain)],
          body: bulk.filter,
          querystring: Type.Object({
            maxFailed: Type.Optional(
              Type.String({
                pattern: '^[0-9]{1,12}$',
                description: 'The run stops itself beyond this many failures',
              }),
            ),
          }),
        },
        onRequest: requireRole(ctx.verifier, rolesOf(ctx.config, 'migrate', [domain])),
      },
      async (request, reply) => {
        const { maxFailed } = request.query as { maxFailed?: string };
        const started = await startRun(ctx, domain, {
          // Checked against the filter's schema.
          body: request.body as Record<string, unknown>,
          who: whoAsks(request),
          correlationId: request.id,
          ...(maxFailed === undefined ? {} : { maxFailed: Number(maxFailed) }),
        });
        return reply.code(202).send({
          type: domain.type,
          migrationId: started.migrationId,
          estimatedCount: started.estimatedCount,
          body: started.filter,
          properties: {},
        });
      },
    );
  };
}
