// The mapping service's API for every domain, driven by its shape: spec sections 3.6.1, 3.6.3 and 3.6.4.
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { requireRole, rolesOf } from '../access/access.ts';
import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { InvalidRequestError, MappingConflictError, NotFoundError } from '../errors.ts';
import { migrationEvent } from '../events.ts';
import { nomisKeyOf, readMappingJson, shapeOf, toMappingJson } from '../mappings/mapping-json.ts';
import {
  countMappings,
  deleteByDpsKey,
  deleteMappings,
  selectByDpsKeys,
  selectByNomisKeys,
  selectLatestMigrated,
  selectMappingPage,
} from '../mappings/mapping-queries.ts';
import { createMapping } from '../mappings/mapping-store.ts';
import { presentPage, readPage } from '../mappings/spring-page.ts';
import { duplicateBody } from './duplicate-mapping.ts';
import { membersIn, registerMappingLists, registerPublicLookUp } from './mapping-lists.ts';

export function mappingRoutes(ctx: MigrationContext, domain: Domain): FastifyPluginAsync {
  return async (app) => {
    const shape = shapeOf(domain);
    app.addHook('onRequest', requireRole(ctx.verifier, rolesOf(ctx.config, 'mappings', [domain])));
    registerAt(ctx, app, domain, { path: shape.path, toPath: (path) => path });
    registerMappingLists(ctx, app, domain);
    const { formerPath } = shape;
    if (formerPath !== undefined) {
      registerAt(ctx, app, domain, {
        path: formerPath,
        toPath: (path) => path.replace(shape.path, formerPath),
        hide: true,
      });
    }
  };
}

/** The two ids of a record for any service, where the shape of the domain offers it. */
export function publicLookUpRoutes(ctx: MigrationContext, domain: Domain): FastifyPluginAsync {
  return async (app) => registerPublicLookUp(ctx, app, domain);
}

function registerAt(
  ctx: MigrationContext,
  app: FastifyInstance,
  domain: Domain,
  at: { path: string; toPath: (path: string) => string; hide?: boolean },
): void {
  const { kysely } = ctx.db;
  const shape = shapeOf(domain);
  const { type } = domain;
  const { path } = at;
  const schema = (summary: string) => ({
    schema: { summary, tags: [`mapping: ${domain.title.toLowerCase()}`], hide: at.hide ?? false },
  });
  const asRoute = (template: string) => at.toPath(template).replace(/\{(\w+)\}/g, ':$1');

  app.post(path, schema('Create a mapping'), async (request, reply) => {
    const read = readMappingJson(domain, membersIn(request.body));
    if ('problem' in read) throw new InvalidRequestError(read.problem);
    const outcome = await createMapping(kysely, domain, read.mapping);
    if (outcome.status === 'duplicate') {
      throw new MappingConflictError(duplicateBody(domain, read.mapping, outcome.existing));
    }
    if (outcome.status === 'created' && shape.createdEvent) {
      const properties = shape.createdEvent.properties(read.mapping);
      await ctx.events.append(kysely, [
        migrationEvent(shape.createdEvent.name, properties, { correlationId: request.id }),
      ]);
    }
    return reply.code(201).send();
  });
  app.get(asRoute(shape.nomisPath), schema('By NOMIS key'), async (request) => {
    const key = nomisKeyOf(shape, request.params as Record<string, unknown>);
    if (key === undefined) throw new InvalidRequestError('the NOMIS key is not of the right kind');
    const [row] = await selectByNomisKeys(kysely, type, [key]);
    if (!row) throw new NotFoundError(shape.notFound.nomis(key));
    return toMappingJson(shape, row);
  });
  app.get(asRoute(shape.dpsPath), schema('By DPS key'), async (request) => {
    const key = dpsKeyIn(domain, request);
    const [row] = await selectByDpsKeys(kysely, type, [key]);
    if (!row) throw new NotFoundError(shape.notFound.dps(key));
    return toMappingJson(shape, row);
  });
  app.get(`${path}/migrated/latest`, schema('The newest migrated'), async () => {
    const row = await selectLatestMigrated(kysely, type);
    if (!row) throw new NotFoundError('No migrated mapping found');
    return toMappingJson(shape, row);
  });
  app.get(`${path}/migration-id/:migrationId`, schema('A page of one migration'), async (request) =>
    readMappingPage(ctx, domain, request, { label: labelIn(request), mappingType: 'MIGRATED' }),
  );
  app.delete(
    `${path}/migration-id/:migrationId`,
    schema('Delete those of one migration'),
    async (request, reply) => {
      await deleteMappings(kysely, type, { label: labelIn(request) });
      return reply.code(204).send();
    },
  );
  app.delete(asRoute(shape.dpsPath), schema('Delete one'), async (request, reply) => {
    await deleteByDpsKey(kysely, type, dpsKeyIn(domain, request));
    return reply.code(204).send();
  });
  // `/mapping` itself lists nothing in the age it comes from.
  if (!at.hide) {
    app.get(path, schema('A page of all'), async (request) => readMappingPage(ctx, domain, request, {}));
  }
  app.delete(path, schema('Delete all, or all migrated'), async (request, reply) => {
    const { onlyMigrated } = request.query as { onlyMigrated?: string };
    await deleteMappings(kysely, type, { onlyMigrated: onlyMigrated === 'true' });
    return reply.code(204).send();
  });
}

async function readMappingPage(
  ctx: MigrationContext,
  domain: Domain,
  request: FastifyRequest,
  which: { label?: string; mappingType?: string },
) {
  const page = readPage(request.query);
  const total = await countMappings(ctx.db.kysely, domain.type, which);
  const rows = await selectMappingPage(ctx.db.kysely, domain.type, which, {
    limit: page.size,
    offset: page.number * page.size,
    orderBy: page.sort?.property === shapeOf(domain).nomisFields[0]?.name ? 'nomis_key' : 'when_created',
    isDescending: page.sort?.isDescending ?? false,
  });
  return presentPage(
    shapeOf(domain).pageShape,
    rows.map((row) => toMappingJson(shapeOf(domain), row)),
    { ...page, total },
  );
}

function dpsKeyIn(domain: Domain, request: FastifyRequest): string {
  return (request.params as Record<string, string>)[shapeOf(domain).dpsField] ?? '';
}

function labelIn(request: FastifyRequest): string {
  return (request.params as { migrationId: string }).migrationId;
}
