import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { HttpError } from '#platform/http';
import type { DirectoryContext } from '../context.ts';
import { operatorOf } from '../operator-routes/operator-access.ts';
import { findApplication, startApplication } from './application.ts';
import { OUTCOMES, type Outcome } from './comparison-batch.ts';
import { createDryRun, findDryRun } from './dry-run.ts';
import { selectDryRunItems } from './dry-run-queries.ts';
import { presentApplication, presentDryRun, presentItem } from './dry-run-view.ts';

const Message = Type.Object({ message: Type.String() });
const Time = Type.Union([Type.String(), Type.Null()]);
const Counts = Type.Record(Type.String(), Type.Integer());
const errors = { 400: Message, 401: Message, 404: Message, 409: Message };
const tags = ['directory operators'];

const DryRun = Type.Object({
  dry_run_id: Type.String(),
  title: Type.String(),
  source: Type.String(),
  state: Type.String(),
  error: Time,
  requested_by: Type.String(),
  events: Type.Integer(),
  services: Type.Integer(),
  changed_services: Type.Integer(),
  outcomes: Counts,
  fields: Counts,
  created_at: Type.String(),
  started_at: Time,
  finished_at: Time,
});

const Text = Type.Union([Type.String(), Type.Null()]);
const Item = Type.Object({
  place: Type.Integer(),
  line: Type.Integer(),
  outcome: Type.String(),
  ods_code: Text,
  sequence_number: Text,
  service_id: Type.Union([Type.Integer(), Type.Null()]),
  service_uid: Text,
  service_name: Text,
  reason: Text,
  changes: Type.Array(
    Type.Object({
      field: Type.String(),
      action: Type.String(),
      previous_value: Type.String(),
      new_value: Type.String(),
    }),
  ),
  reports: Type.Array(Type.Object({ report_key: Type.String(), message: Type.String() })),
  applied_as: Text,
});

const Application = Type.Object({
  application_id: Type.String(),
  dry_run_id: Type.String(),
  choice: Type.Record(Type.String(), Type.Unknown()),
  state: Type.String(),
  requested_by: Type.String(),
  queued: Type.Integer(),
  overtaken: Type.Integer(),
  created_at: Type.String(),
  finished_at: Time,
});

const Choice = Type.Object(
  {
    ods_codes: Type.Optional(Type.Array(Type.String({ maxLength: 20 }), { maxItems: 10_000 })),
    service_ids: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 2_147_483_647 }), { maxItems: 10_000 }),
    ),
    fields: Type.Optional(Type.Array(Type.String({ maxLength: 50 }), { maxItems: 50 })),
  },
  { additionalProperties: false },
);

/** PostgreSQL keeps no such character, so nothing can be found by it. */
const WITHOUT_NUL = '^[^\\u0000]*$';

const ItemQuery = Type.Object({
  after: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  outcome: Type.Optional(Type.Union(OUTCOMES.map((outcome) => Type.Literal(outcome)))),
  ods_code: Type.Optional(Type.String({ maxLength: 20, pattern: WITHOUT_NUL })),
  field: Type.Optional(Type.String({ maxLength: 50, pattern: WITHOUT_NUL })),
});

const LARGEST_SOURCE_BYTES = 4_294_967_296;
const ID = Type.Object({ id: Type.String() });

/** Dry runs: what events would change, and applying all of it or a part. */
export function dryRunRoutes(ctx: DirectoryContext): FastifyPluginAsync {
  return async (app) => {
    app.register(async (scope) => registerCreate(scope, ctx));

    app.get<{ Params: { id: string } }>(
      '/dry-runs/:id',
      {
        schema: {
          summary: 'State and counts of a dry run',
          tags,
          params: ID,
          response: { 200: DryRun, ...errors },
        },
      },
      async ({ params }) => presentDryRun(await findDryRun(ctx, params.id)),
    );

    app.get<{ Params: { id: string }; Querystring: Static<typeof ItemQuery> }>(
      '/dry-runs/:id/items',
      {
        schema: {
          summary: 'What a dry run found, page by page',
          description: 'Services that agree with their event are counted only. Pass `next` back as `after`.',
          tags,
          params: ID,
          querystring: ItemQuery,
          response: {
            200: Type.Object({ items: Type.Array(Item), next: Type.Optional(Type.Integer()) }),
            ...errors,
          },
        },
      },
      async ({ params, query }) => readItems(ctx, params.id, query),
    );

    app.post<{ Params: { id: string }; Body: Static<typeof Choice> }>(
      '/dry-runs/:id/applications',
      {
        schema: {
          summary: 'Apply a dry run, or a part of it',
          tags,
          params: ID,
          body: Choice,
          response: { 202: Application, ...errors },
        },
      },
      async (request, reply) => {
        const { params, body } = request;
        const application = await startApplication(ctx, params.id, body, operatorOf(request));
        return reply.code(202).send(presentApplication(application));
      },
    );

    app.get<{ Params: { id: string } }>(
      '/dry-run-applications/:id',
      {
        schema: {
          summary: 'How far an application has come',
          tags,
          params: ID,
          response: { 200: Application, ...errors },
        },
      },
      async ({ params }) => presentApplication(await findApplication(ctx, params.id)),
    );
  };
}

/** In a scope of its own: the body is read as it arrives, whatever its size. */
async function registerCreate(app: Parameters<FastifyPluginAsync>[0], ctx: DirectoryContext): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, body, done) => done(null, body));

  app.post<{ Querystring: { title?: string } }>(
    '/dry-runs',
    {
      bodyLimit: LARGEST_SOURCE_BYTES,
      // The body is a stream, which no schema describes.
      validatorCompiler: () => () => true,
      schema: {
        summary: 'Start a dry run of the events in the body',
        description:
          'JSON objects one after another, on lines, or in an array: change events, or objects with `event` and `sequence_number`.',
        tags,
        querystring: Type.Object({ title: Type.Optional(Type.String()) }),
        response: { 202: DryRun, ...errors },
      },
    },
    async (request, reply) => {
      const title = (request.query.title ?? 'Events sent by a program').slice(0, 200);
      const options = { title, actor: operatorOf(request), enqueue: true };
      const id = await createDryRun(ctx, { bytes: bodyOf(request) }, options);
      return reply.code(202).send(presentDryRun(await findDryRun(ctx, id)));
    },
  );

  app.post(
    '/dry-runs/stored',
    {
      schema: {
        summary: 'Start a dry run of the newest stored event of every ODS code',
        tags,
        response: { 202: DryRun, ...errors },
      },
    },
    async (request, reply) => {
      const options = { title: 'Newest stored events', actor: operatorOf(request), enqueue: true };
      const id = await createDryRun(ctx, { stored: true }, options);
      return reply.code(202).send(presentDryRun(await findDryRun(ctx, id)));
    },
  );
}

function bodyOf({ body }: FastifyRequest): AsyncIterable<Uint8Array> {
  if (typeof body === 'object' && body !== null && Symbol.asyncIterator in body) {
    return body as AsyncIterable<Uint8Array>;
  }
  throw new HttpError(400, 'empty_source', 'Send the events as the body of the request');
}

async function readItems(ctx: DirectoryContext, id: string, query: Static<typeof ItemQuery>) {
  const { after = 0, limit = 100, outcome, ods_code: odsCode, field } = query;
  await findDryRun(ctx, id);
  const filter = {
    ...(outcome === undefined ? {} : { outcomes: [outcome as Outcome] }),
    ...(odsCode === undefined ? {} : { odsCodes: [odsCode] }),
    ...(field === undefined ? {} : { field }),
  };
  const rows = await selectDryRunItems(ctx.db.kysely, id, filter, { after, limit: limit + 1 });
  const last = rows[limit - 1];
  return {
    items: rows.slice(0, limit).map(presentItem),
    ...(rows.length > limit && last ? { next: last.place } : {}),
  };
}
