// Room mappings and the usage of rooms: spec sections 3.6.2 and 3.3.
import type { FastifyPluginAsync } from 'fastify';
import { requireRole, rolesOf } from '../access/access.ts';
import type { MigrationContext } from '../context.ts';
import { readLocalDateTime, shortDateTime } from '../engine/local-time.ts';
import { domainOf } from '../engine/tools.ts';
import { InvalidRequestError, NotFoundError } from '../errors.ts';
import { migrationEvent } from '../events.ts';
import {
  deleteRoomMapping,
  insertRoomMapping,
  type RoomMapping,
  selectRoomMapping,
  selectRoomMappings,
} from '../rooms/room-queries.ts';
import { listParam } from './tags.ts';

const tags = ['mapping: rooms'];

export function roomRoutes(ctx: MigrationContext): FastifyPluginAsync {
  return async (app) => {
    const { kysely } = ctx.db;
    const lookUp = requireRole(ctx.verifier, [
      ...rolesOf(ctx.config, 'mappings'),
      ...rolesOf(ctx.config, 'rooms'),
    ]);
    const change = requireRole(ctx.verifier, rolesOf(ctx.config, 'rooms'));
    const params = (request: { params: unknown }) =>
      request.params as { prisonId: string; description: string };

    app.get(
      '/prison/:prisonId/room/nomis-room-id/:description',
      { schema: { summary: 'The room of a NOMIS room', tags }, onRequest: lookUp },
      async (request) => {
        const { prisonId, description } = params(request);
        const room = await selectRoomMapping(kysely, prisonId, description);
        if (!room) throw new NotFoundError(`prison id=${prisonId}, nomis room id=${description}`);
        return room;
      },
    );
    app.get(
      '/prison/:prisonId/room-mappings',
      { schema: { summary: 'All rooms of a prison', tags }, onRequest: change },
      async (request) => selectRoomMappings(kysely, params(request).prisonId),
    );
    app.post(
      '/prison/:prisonId/room-mappings',
      { schema: { summary: 'Map a room', tags }, onRequest: change },
      async (request, reply) => {
        const room = readRoom(params(request).prisonId, request.body);
        if (!(await insertRoomMapping(kysely, room))) {
          throw new InvalidRequestError(
            `Visit room mapping for prison ${room.prisonId} and nomis room = ${room.nomisRoomDescription} already exists`,
          );
        }
        await tell(ctx, 'visit-room-mapping-created', room, request.id);
        return reply.code(201).send();
      },
    );
    app.delete(
      '/prison/:prisonId/room-mappings/nomis-room-id/:description',
      { schema: { summary: 'Remove the mapping of a room', tags }, onRequest: change },
      async (request, reply) => {
        const { prisonId, description } = params(request);
        const room = await deleteRoomMapping(kysely, prisonId, description);
        if (room) await tell(ctx, 'visit-room-mapping-deleted', room, request.id);
        return reply.code(204).send();
      },
    );
    app.get(
      '/migrate/visits/rooms/usage',
      {
        schema: {
          summary: 'How often future visits use each room, and its mapping',
          tags: ['migration: visits'],
        },
        onRequest: requireRole(ctx.verifier, rolesOf(ctx.config, 'migrate', [domainOf(ctx, 'VISITS')])),
      },
      async (request) => readUsage(ctx, request.query as Record<string, unknown>, request.id),
    );
  };
}

interface Usage {
  agencyInternalLocationDescription: string;
  count: number;
  prisonId: string;
}

async function readUsage(ctx: MigrationContext, query: Record<string, unknown>, correlationId: string) {
  const rows =
    (await ctx.upstreams.nomis.read<Usage[]>({
      path: '/visits/rooms/usage-count',
      template: '/visits/rooms/usage-count',
      query: {
        prisonIds: listParam(query.prisonIds),
        visitTypes: listParam(query.visitTypes),
        fromDateTime: timeParam('fromDateTime', query.fromDateTime),
        toDateTime: timeParam('toDateTime', query.toDateTime),
      },
      correlationId,
    })) ?? [];
  const usage = [];
  for (const row of rows.toSorted(byPrisonAndRoom)) {
    const room = await ctx.mappings.findRoom(row.prisonId, row.agencyInternalLocationDescription);
    usage.push({
      agencyInternalLocationDescription: row.agencyInternalLocationDescription,
      count: row.count,
      ...(room ? { vsipRoom: room.vsipId } : {}),
      prisonId: row.prisonId,
    });
  }
  return usage;
}

function byPrisonAndRoom(a: Usage, b: Usage): number {
  const [left, right] = [a, b].map((row) => [row.prisonId, row.agencyInternalLocationDescription].join('\0'));
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

function timeParam(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const time = readLocalDateTime(String(value));
  if (time === undefined) throw new InvalidRequestError(`${name} must be a local date-time`);
  return shortDateTime(time);
}

export function readRoom(prisonId: string, body: unknown): RoomMapping {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (name: string, longest: number) => {
    const value = fields[name];
    if (typeof value !== 'string' || value.trim() === '' || value.length > longest) {
      throw new InvalidRequestError(`${name} must be a text of 1 to ${longest} characters`);
    }
    return value;
  };
  if (prisonId.length > 6) throw new InvalidRequestError('prisonId must be a text of 1 to 6 characters');
  if (fields.isOpen !== undefined && fields.isOpen !== null && typeof fields.isOpen !== 'boolean') {
    throw new InvalidRequestError('isOpen must be true or false');
  }
  return {
    prisonId,
    vsipId: text('vsipId', 255),
    nomisRoomDescription: text('nomisRoomDescription', 240),
    isOpen: fields.isOpen === true,
  };
}

async function tell(
  ctx: MigrationContext,
  name: string,
  room: RoomMapping,
  correlationId: string,
): Promise<void> {
  const properties = { ...room, isOpen: String(room.isOpen) };
  await ctx.events.append(ctx.db.kysely, [
    migrationEvent(name, properties, { correlationId, subjects: [room.prisonId] }),
  ]);
}
