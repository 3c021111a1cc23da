// Operations of the mapping service on several mappings at once, where the shape of a domain has them: spec section
// 3.6.4.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Handle } from '#platform/db';
import { requireRole, rolesOf } from '../access/access.ts';
import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { toLocalDateTime } from '../engine/local-time.ts';
import { InvalidRequestError, MappingConflictError, NotFoundError } from '../errors.ts';
import { nomisKeyOf, readMappingJson, shapeOf, toMappingJson } from '../mappings/mapping-json.ts';
import {
  countMappings,
  type NewMapping,
  selectByDpsKeys,
  selectByNomisKeys,
} from '../mappings/mapping-queries.ts';
import { createMapping } from '../mappings/mapping-store.ts';
import { countByPrisoner, deleteOfPrisoner, moveMappings } from '../mappings/owner-queries.ts';
import { presentPage, readPage } from '../mappings/spring-page.ts';
import { duplicateBody } from './duplicate-mapping.ts';

const MOST = 20_000;

export function registerMappingLists(ctx: MigrationContext, app: FastifyInstance, domain: Domain): void {
  const { kysely } = ctx.db;
  const { type } = domain;
  const shape = shapeOf(domain);
  const { path } = shape;
  const schema = (summary: string) => ({
    schema: { summary, tags: [`mapping: ${domain.title.toLowerCase()}`] },
  });
  const asRoute = (template: string) => template.replace(/\{(\w+)\}/g, ':$1');
  const hasOwner = shape.extraFields?.includes('offenderNo') ?? false;

  app.get(
    `${path}/migration-id/:migrationId/count`,
    schema('How many a migration made'),
    async (request, reply) => {
      const label = paramsOf(request).migrationId ?? '';
      const count = await countMappings(kysely, type, { label, mappingType: 'MIGRATED' });
      return reply.type('application/json').send(String(count));
    },
  );
  if (shape.takesBatches) {
    app.post(`${path}/batch`, schema('Create several mappings, all or none'), async (request, reply) => {
      const mappings = listIn(request.body).map((body) => readOne(domain, body));
      await kysely.transaction().execute((trx) => createAll(trx, domain, mappings));
      return reply.code(201).send();
    });
  }
  if (shape.listPath) {
    app.post(shape.listPath, schema('By NOMIS ids'), async (request) => {
      const name = shape.nomisFields[0]?.name ?? '';
      const keys = listIn(request.body).map((id) => {
        const key = nomisKeyOf(shape, { [name]: id });
        if (key === undefined) throw new InvalidRequestError('the body must be a list of NOMIS ids');
        return key;
      });
      return (await selectByNomisKeys(kysely, type, keys)).map((row) => toMappingJson(shape, row));
    });
  }
  if (shape.sharesDps) {
    app.get(`${asRoute(shape.dpsPath)}/all`, schema('All that share a DPS key'), async (request) => {
      const key = paramsOf(request)[shape.dpsField] ?? '';
      const rows = await selectByDpsKeys(kysely, type, [key]);
      if (rows.length === 0) throw new NotFoundError(shape.notFound.dps(key));
      return rows.map((row) => toMappingJson(shape, row));
    });
  }
  if (hasOwner) registerOwners(ctx, app, domain, schema);
}

/** Operations on the mappings of one prisoner. */
function registerOwners(
  ctx: MigrationContext,
  app: FastifyInstance,
  domain: Domain,
  schema: (summary: string) => object,
): void {
  const { kysely } = ctx.db;
  const { type } = domain;
  const shape = shapeOf(domain);
  const { path } = shape;
  const isBookingInKey = shape.nomisFields[0]?.name === 'nomisBookingId';

  app.get(
    `${path}/migration-id/:migrationId/grouped-by-prisoner`,
    schema('How many of a migration each prisoner has'),
    async (request) => {
      const page = readPage(request.query);
      const { rows, total } = await countByPrisoner(kysely, type, paramsOf(request).migrationId ?? '', {
        limit: page.size,
        offset: page.number * page.size,
      });
      const content = rows.map((row) => ({ ...row, whenCreated: toLocalDateTime(row.whenCreated) }));
      return presentPage(shape.pageShape, content, { ...page, total });
    },
  );
  app.post(`${path}/:offenderNo/all`, schema("Create all of a prisoner's"), async (request, reply) => {
    const mappings = mappingsOfPrisoner(domain, paramsOf(request).offenderNo ?? '', request.body);
    await kysely.transaction().execute((trx) => createAll(trx, domain, mappings));
    return reply.code(201).send();
  });
  app.put(`${path}/:offenderNo/all`, schema("Replace all of a prisoner's"), async (request, reply) => {
    const { offenderNo = '' } = paramsOf(request);
    const mappings = mappingsOfPrisoner(domain, offenderNo, request.body);
    await kysely.transaction().execute(async (trx) => {
      await deleteOfPrisoner(trx, type, offenderNo);
      await createAll(trx, domain, mappings);
    });
    return reply.code(200).send();
  });
  app.put(
    `${path}/:offenderNo/merge`,
    schema('Replace those of two prisoners who became one'),
    async (request, reply) => {
      const { offenderNo = '' } = paramsOf(request);
      const { removedOffenderNo, prisonerMapping } = membersIn(request.body);
      if (typeof removedOffenderNo !== 'string')
        throw new InvalidRequestError('removedOffenderNo must be given');
      const mappings = mappingsOfPrisoner(domain, offenderNo, prisonerMapping);
      await kysely.transaction().execute(async (trx) => {
        await deleteOfPrisoner(trx, type, removedOffenderNo);
        await deleteOfPrisoner(trx, type, offenderNo);
        await createAll(trx, domain, mappings);
      });
      return reply.code(200).send();
    },
  );
  app.put(
    `${path}/merge/from/:from/to/:to`,
    schema('Give all of one prisoner to another'),
    async (request, reply) => {
      const { from = '', to = '' } = paramsOf(request);
      await moveMappings(kysely, type, { from, to, isBookingInKey });
      return reply.code(200).send();
    },
  );
  app.put(
    `${path}/merge/booking-id/:bookingId/to/:to`,
    schema('Give those of a booking to a prisoner'),
    async (request) => {
      const { bookingId = '', to = '' } = paramsOf(request);
      const rows = await moveMappings(kysely, type, { to, bookingId, isBookingInKey });
      return rows.map((row) => toMappingJson(shape, row));
    },
  );
  app.put(
    `${path}/move-booking/:bookingId/from/:from/to/:to`,
    schema('Give those of a booking from one prisoner to another'),
    async (request, reply) => {
      const { bookingId = '', from = '', to = '' } = paramsOf(request);
      await moveMappings(kysely, type, { from, to, bookingId, isBookingInKey });
      return reply.code(200).send();
    },
  );
}

/** For services that know one id of a record and want the other. */
export function registerPublicLookUp(ctx: MigrationContext, app: FastifyInstance, domain: Domain): void {
  const { publicPath, nomisFields, dpsField, notFound } = shapeOf(domain);
  const nomisField = nomisFields[0]?.name ?? '';
  if (publicPath === undefined) return;
  const { kysely } = ctx.db;
  const onRequest = requireRole(ctx.verifier, [
    ...rolesOf(ctx.config, 'lookup'),
    ...rolesOf(ctx.config, 'mappings', [domain]),
  ]);
  const options = (summary: string) => ({
    schema: { summary, tags: [`mapping: ${domain.title.toLowerCase()}`] },
    onRequest,
  });
  const present = (row: { nomisKey: string; dpsKey: string }) => ({
    [dpsField]: row.dpsKey,
    [nomisField]: Number(row.nomisKey),
  });
  app.get(`${publicPath}/nomis/:id`, options('The DPS id of a NOMIS id'), async (request) => {
    const { id = '' } = paramsOf(request);
    const [row] = await selectByNomisKeys(kysely, domain.type, [id]);
    if (!row) throw new NotFoundError(notFound.nomis(id));
    return present(row);
  });
  app.get(`${publicPath}/dps/:id`, options('The NOMIS id of a DPS id'), async (request) => {
    const { id = '' } = paramsOf(request);
    const [row] = await selectByDpsKeys(kysely, domain.type, [id]);
    if (!row) throw new NotFoundError(notFound.dps(id));
    return present(row);
  });
  app.post(`${publicPath}/nomis`, options('The DPS ids of NOMIS ids'), async (request) => {
    const ids = listIn(request.body).map(String);
    return (await selectByNomisKeys(kysely, domain.type, ids)).map(present);
  });
}

/** In the caller's transaction, which a duplicate ends. */
async function createAll(trx: Handle, domain: Domain, mappings: NewMapping[]): Promise<void> {
  for (const mapping of mappings) {
    const outcome = await createMapping(trx, domain, mapping);
    if (outcome.status === 'duplicate') {
      throw new MappingConflictError(duplicateBody(domain, mapping, outcome.existing));
    }
  }
}

/** `{label, mappingType, mappings: [{ids}]}`: what all have in common is said once. */
function mappingsOfPrisoner(domain: Domain, offenderNo: string, body: unknown): NewMapping[] {
  const { label, mappingType, mappings } = membersIn(body);
  return listIn(mappings).map((ids) =>
    readOne(domain, { ...membersIn(ids), label, mappingType, offenderNo }),
  );
}

function readOne(domain: Domain, body: unknown): NewMapping {
  const read = readMappingJson(domain, membersIn(body));
  if ('problem' in read) throw new InvalidRequestError(read.problem);
  return read.mapping;
}

export function membersIn(body: unknown): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new InvalidRequestError('the body must be a JSON object');
  }
  return body as Record<string, unknown>;
}

function listIn(body: unknown): unknown[] {
  if (!Array.isArray(body)) throw new InvalidRequestError('a list was expected');
  if (body.length > MOST) throw new InvalidRequestError(`a list may hold at most ${MOST} items`);
  return body;
}

function paramsOf(request: FastifyRequest): Record<string, string | undefined> {
  return request.params as Record<string, string>;
}
