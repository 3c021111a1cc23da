import type { FastifyPluginAsync } from 'fastify';
import { type Static, Type } from 'typebox';
import { HttpError } from '#platform/http';
import type { DirectoryContext } from '../context.ts';
import { operatorOf } from '../operator-routes/operator-access.ts';
import { replayEvent } from './replay-event.ts';
import { findReplay, startReplay } from './replay-run.ts';

const Message = Type.Object({ message: Type.String() });

const Replay = Type.Object({
  replay_id: Type.String(),
  state: Type.Union([Type.Literal('running'), Type.Literal('finished')]),
  request: Type.Object({
    since: Type.Optional(Type.String()),
    until: Type.Optional(Type.String()),
    filter: Type.Optional(Type.String()),
  }),
  requested_by: Type.String(),
  looked_at: Type.Integer(),
  queued: Type.Integer(),
  superseded: Type.Integer(),
  created_at: Type.String(),
  finished_at: Type.Union([Type.String(), Type.Null()]),
});

const Window = Type.Object(
  {
    since: Type.Optional(Type.String({ maxLength: 40 })),
    until: Type.Optional(Type.String({ maxLength: 40 })),
    filter: Type.Optional(Type.String({ maxLength: 5_000 })),
  },
  { additionalProperties: false },
);

/** Event replay: spec sections 3.4 and 6.14, and replays of whole windows. */
export function replayRoutes(ctx: DirectoryContext): FastifyPluginAsync {
  return async (app) => {
    app.post(
      '/event-replay',
      {
        schema: {
          summary: 'Replay one stored change event',
          tags: ['directory operators'],
          body: Type.Unknown(),
          response: {
            200: Type.Object({ message: Type.String(), correlation_id: Type.String() }),
            400: Message,
            401: Message,
            404: Message,
          },
        },
      },
      async (request) => replayEvent(ctx, readEventKey(request.body), operatorOf(request)),
    );

    app.post<{ Body: Static<typeof Window> }>(
      '/event-replays',
      {
        schema: {
          summary: 'Replay the stored change events of a window or filter',
          tags: ['directory operators'],
          body: Window,
          response: { 202: Replay, 400: Message, 401: Message },
        },
      },
      async (request, reply) =>
        reply.code(202).send(await startReplay(ctx, request.body, operatorOf(request))),
    );

    app.get<{ Params: { id: string } }>(
      '/event-replays/:id',
      {
        schema: {
          summary: 'How far a replay has come',
          tags: ['directory operators'],
          params: Type.Object({ id: Type.String() }),
          response: { 200: Replay, 401: Message, 404: Message },
        },
      },
      async (request) => findReplay(ctx, request.params.id),
    );
  };
}

/** The original's function takes any JSON and complains about the first key it misses. */
function readEventKey(body: unknown): { odsCode: string; sequenceNumber: string } {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const { odscode, sequence_number: sequenceNumber } = given;
  if (typeof odscode !== 'string') throw missing('odscode');
  if (typeof sequenceNumber === 'string') return { odsCode: odscode, sequenceNumber };
  if (typeof sequenceNumber !== 'number') throw missing('sequence_number');
  if (!Number.isSafeInteger(sequenceNumber)) {
    throw new HttpError(
      400,
      'invalid_request',
      "Write 'sequence_number' as text: it is too large for a JSON number",
    );
  }
  return { odsCode: odscode, sequenceNumber: String(sequenceNumber) };
}

function missing(name: string): HttpError {
  return new HttpError(400, 'invalid_request', `Missing '${name}' in event`);
}
