import type { FastifyPluginAsync } from 'fastify';
import { registerApiDocument } from '#platform/http';
import type { MigrationContext } from '../context.ts';
import type { EventIntake } from '../sync/intake.ts';
import { registerErrors } from './error-handler.ts';
import { healthRoutes } from './health.ts';
import { historyRoutes } from './history.ts';
import { mappingRoutes, publicLookUpRoutes } from './mappings.ts';
import { queueAdminRoutes } from './queue-admin.ts';
import { repairRoutes } from './repairs.ts';
import { roomRoutes } from './rooms.ts';
import { startMigration } from './start-migration.ts';

const BODY_LIMIT = 10 * 1024 * 1024;

/** Both services that this module stands in for, on one port. */
export function migrationRoutes(
  ctx: MigrationContext,
  intake: EventIntake,
  version: string,
): FastifyPluginAsync {
  return async (app) => {
    registerErrors(app);
    // A body of another kind is answered with 415.
    app.removeContentTypeParser('text/plain');
    app.addHook('onRoute', (route) => {
      route.bodyLimit ??= BODY_LIMIT;
    });
    // On the console's port the document of all modules has these routes already.
    if (!app.hasDecorator('swagger')) {
      await registerApiDocument(app, { title: 'Signalbox migration', version });
    }
    app.get('/v3/api-docs', { schema: { hide: true } }, async () => app.swagger());
    for (const path of ['/swagger-ui.html', '/swagger-ui/*']) {
      app.get(path, { schema: { hide: true } }, async (_request, reply) => reply.redirect('/v3/api-docs'));
    }
    await app.register(healthRoutes(ctx, version));
    for (const domain of ctx.domains) {
      await app.register(startMigration(ctx, domain));
      if (!domain.mapping) continue;
      await app.register(mappingRoutes(ctx, domain));
      await app.register(publicLookUpRoutes(ctx, domain));
    }
    await app.register(roomRoutes(ctx));
    await app.register(historyRoutes(ctx));
    await app.register(queueAdminRoutes(ctx, intake));
    await app.register(repairRoutes(ctx));
  };
}
