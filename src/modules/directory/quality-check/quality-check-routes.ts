import type { FastifyPluginAsync } from 'fastify';
import { Type } from 'typebox';
import { HttpError } from '#platform/http';
import type { DirectoryContext } from '../context.ts';
import { operatorOf } from '../operator-routes/operator-access.ts';
import { requestQualityCheck } from './quality-check.ts';
import { selectQualityFindings, selectQualityRun } from './quality-run-queries.ts';

const Message = Type.Object({ message: Type.String() });
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MOST_FINDINGS = 10_000;

/** Quality checks on demand: spec section 3.4. */
export function qualityCheckRoutes(ctx: DirectoryContext): FastifyPluginAsync {
  return async (app) => {
    app.post(
      '/quality-checker/runs',
      {
        schema: {
          summary: 'Start a run of the quality checker',
          tags: ['directory operators'],
          response: { 202: Type.Object({ function_request_id: Type.String() }), 401: Message },
        },
      },
      async (request, reply) => {
        const id = await requestQualityCheck(ctx, operatorOf(request).name);
        return reply.code(202).send({ function_request_id: id });
      },
    );

    app.get<{ Params: { id: string } }>(
      '/quality-checker/runs/:id',
      {
        schema: {
          summary: 'State and findings of a run of the quality checker',
          tags: ['directory operators'],
          params: Type.Object({ id: Type.String() }),
          response: {
            200: Type.Object({
              function_request_id: Type.String(),
              state: Type.String(),
              started_at: Type.String(),
              finished_at: Type.Union([Type.String(), Type.Null()]),
              error: Type.Union([Type.String(), Type.Null()]),
              findings: Type.Array(Type.Record(Type.String(), Type.Unknown())),
            }),
            401: Message,
            404: Message,
          },
        },
      },
      async (request) => readRun(ctx, request.params.id),
    );
  };
}

async function readRun({ db }: DirectoryContext, id: string) {
  const run = UUID.test(id) ? await selectQualityRun(db.kysely, id) : undefined;
  if (!run) throw new HttpError(404, 'not_found', `No run ${id} has started`);
  const findings = await selectQualityFindings(db.kysely, id, { after: 0, limit: MOST_FINDINGS });
  return {
    function_request_id: run.id,
    state: run.state,
    started_at: run.started_at.toISOString(),
    finished_at: run.finished_at?.toISOString() ?? null,
    error: run.error,
    findings: findings.map(({ report }) => report),
  };
}
