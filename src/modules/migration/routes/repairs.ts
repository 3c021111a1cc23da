// Repairs of single records and prisoners: spec section 3.5 and appendix A.4. They run at once and may be repeated.
import type { FastifyPluginAsync } from 'fastify';
import type { EventInput } from '#platform/events';
import { uuidV7 } from '#platform/http';
import { requireRole, rolesOf } from '../access/access.ts';
import type { MigrationContext } from '../context.ts';
import type { Domain, PayloadDeclaration } from '../engine/domain.ts';
import { transformTools } from '../engine/tools.ts';
import { NotFoundError, StateError } from '../errors.ts';
import { NotNowError } from '../ledger/create-once.ts';
import { syncTools } from '../sync/sync-tools.ts';
import { tagOf } from './tags.ts';

export function repairRoutes(ctx: MigrationContext): FastifyPluginAsync {
  return async (app) => {
    for (const domain of ctx.domains) {
      if (domain.payload) registerPayload(ctx, app, domain, domain.payload);
      for (const repair of domain.repairs ?? []) {
        app.route({
          method: repair.method,
          url: repair.path,
          schema: { summary: repair.summary, tags: [tagOf(domain)] },
          onRequest: requireRole(ctx.verifier, rolesOf(ctx.config, 'repair', [domain])),
          handler: async (request, reply) => {
            const emitted: EventInput[] = [];
            const work = {
              domain,
              message: {},
              owner: uuidV7(),
              correlationId: request.id,
              mayRepeat: true,
              leaseEndsAt: () => Number.POSITIVE_INFINITY,
            };
            try {
              await repair.run(request.params as Record<string, string>, syncTools(ctx, work, emitted));
            } catch (error) {
              if (error instanceof NotNowError) throw new StateError(`${error.message}; try again`);
              throw error;
            } finally {
              await ctx.events.append(ctx.db.kysely, emitted);
            }
            return reply.code(200).send();
          },
        });
      }
    }
  };
}

/** What a synchronisation would send for a record as it is now: appendix A.1. */
function registerPayload(
  ctx: MigrationContext,
  app: Parameters<FastifyPluginAsync>[0],
  domain: Domain,
  { path }: PayloadDeclaration,
): void {
  const roles = [...rolesOf(ctx.config, 'repair', [domain]), ...rolesOf(ctx.config, 'migrate')];
  app.get(
    path,
    {
      schema: { summary: 'What would be sent', tags: [tagOf(domain)] },
      onRequest: requireRole(ctx.verifier, roles),
    },
    async (request) => {
      const key = Object.values(request.params as Record<string, string>).at(-1) ?? '';
      const call = { correlationId: request.id };
      const record = await domain.read(ctx.upstreams[domain.source], key, call);
      if (record === undefined) throw new NotFoundError(`${domain.title} ${key}`);
      return domain.transform(record, transformTools(ctx, call));
    },
  );
}
