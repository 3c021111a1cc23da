// History, progress, cancel, refresh and dead letters of runs: spec section 3.4; their former paths: appendix C.
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { mayUse, requireRole, rolesOf, whoAsks } from '../access/access.ts';
import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { fromLocalDateTime, readLocalDateTime } from '../engine/local-time.ts';
import { domainOf } from '../engine/tools.ts';
import { AccessDeniedError, InvalidRequestError, NoSuchRunError } from '../errors.ts';
import { purgeDeadLetters, readDeadLetters } from '../queues/dead-letters.ts';
import { queueOfBulk } from '../queues/queue-catalogue.ts';
import { presentActive } from '../runs/active-run.ts';
import { cancelRun, refreshRun } from '../runs/cancel-run.ts';
import { presentRun } from '../runs/run-presenter.ts';
import { countDeadLetters } from '../runs/run-progress.ts';
import { deleteRuns, type RunFilter, selectRun, selectRuns } from '../runs/run-queries.ts';
import { listParam } from './tags.ts';

const MAX_DEAD_LETTERS = 100;

export function historyRoutes(ctx: MigrationContext): FastifyPluginAsync {
  return async (app) => {
    const bulk = ctx.domains.filter((domain) => domain.bulk);
    app.addHook('onRequest', requireRole(ctx.verifier, rolesOf(ctx.config, 'migrate', bulk)));
    const schema = (summary: string) => ({ schema: { summary, tags: ['migration: history'] } });
    const typeOf = (request: FastifyRequest) =>
      allowed(ctx, request, domainNamed(ctx, (request.params as { migrationType: string }).migrationType));

    app.get('/migrate/history/all/:migrationType', schema('All runs of a type'), async (request) =>
      listRuns(ctx, { ...readRunFilter(request.query), types: [typeOf(request).type] }),
    );
    app.get('/migrate/history/active/:migrationType', schema('Progress of the newest run'), async (request) =>
      presentActive(ctx, typeOf(request)),
    );
    app.get('/migrate/history/:migrationId', schema('One run'), async (request) =>
      presentRun(await existingRun(ctx, request)),
    );
    app.post('/migrate/cancel/:migrationId', schema('Stop a run'), async (request, reply) =>
      cancel(ctx, request, reply),
    );
    app.post(
      '/migrate/refresh/:migrationId',
      schema('Count a completed run again'),
      async (request, reply) => {
        const { migrationId } = await existingRun(ctx, request);
        await refreshRun(ctx, migrationId);
        return reply.code(204).send();
      },
    );
    const deadLetters = '/migrate/dead-letter-queue/:migrationType';
    app.get(deadLetters, schema('Dead letters of a type'), async (request) =>
      readDeadLetters(ctx, queueOfBulk(ctx, typeOf(request)), MAX_DEAD_LETTERS),
    );
    app.get(`${deadLetters}/count`, schema('How many there are'), async (request, reply) =>
      reply.type('application/json').send(String(await countDeadLetters(ctx, typeOf(request)))),
    );
    app.delete(deadLetters, schema('Purge the dead letters of a type'), async (request, reply) => {
      await purgeDeadLetters(ctx, queueOfBulk(ctx, typeOf(request)), whoAsks(request));
      return reply.code(204).send();
    });

    app.get('/history', schema('Runs of all types'), async (request) => {
      const query = request.query as Record<string, unknown>;
      const asked = listParam(query.migrationTypes);
      // Without the role for all types there are the runs of one's own.
      const own = bulk
        .filter((domain) => mayUse(ctx.config, request, 'migrate', [domain]))
        .map(({ type }) => type);
      const types = asked.length === 0 ? own : asked.filter((type) => own.includes(type));
      return listRuns(ctx, {
        ...readRunFilter(query),
        types,
        ...(query.filterContains === undefined ? {} : { filterContains: String(query.filterContains) }),
      });
    });
    app.delete('/history', schema('Forget ended runs; not for production'), async (request, reply) => {
      if (!mayUse(ctx.config, request, 'migrate')) throw new AccessDeniedError();
      if (!ctx.config.mayDeleteHistory) {
        throw new InvalidRequestError('History is kept: MIGRATION_ALLOW_HISTORY_DELETE is off');
      }
      await ctx.db.kysely.transaction().execute((trx) => deleteRuns(trx));
      return reply.code(204).send();
    });
    for (const domain of ctx.domains) {
      if (domain.bulk) registerFormerPaths(ctx, app, domain, domain.bulk.startPath);
    }
  };
}

/** `/migrate/visits/history` and the rest, as they were before March 2025. */
function registerFormerPaths(
  ctx: MigrationContext,
  app: Parameters<FastifyPluginAsync>[0],
  domain: Domain,
  path: string,
): void {
  const hidden = { schema: { hide: true } };
  app.get(`${path}/history`, hidden, async (request) =>
    listRuns(ctx, { ...readRunFilter(request.query), types: [allowed(ctx, request, domain).type] }),
  );
  app.get(`${path}/history/:migrationId`, hidden, async (request) =>
    presentRun(await existingRun(ctx, request)),
  );
  app.post(`${path}/:migrationId/cancel`, hidden, async (request, reply) => cancel(ctx, request, reply));
  app.get(`${path}/active-migration`, hidden, async (request) =>
    presentActive(ctx, allowed(ctx, request, domain)),
  );
}

async function cancel(ctx: MigrationContext, request: FastifyRequest, reply: FastifyReply) {
  const { migrationId } = await existingRun(ctx, request);
  await cancelRun(ctx, migrationId, { who: whoAsks(request), correlationId: request.id });
  return reply.code(202).send();
}

async function listRuns(ctx: MigrationContext, filter: RunFilter) {
  return (await selectRuns(ctx.db.kysely, filter)).map((run) => presentRun(run));
}

/** Throws NoSuchRunError, and AccessDeniedError for a run of a domain that the caller has no role for. */
async function existingRun(ctx: MigrationContext, request: FastifyRequest) {
  const { migrationId } = request.params as { migrationId: string };
  const run = await selectRun(ctx.db.kysely, migrationId);
  if (!run) throw new NoSuchRunError(migrationId);
  allowed(ctx, request, domainOf(ctx, run.migrationType));
  return run;
}

/** The domain, for a caller with a role for it. */
function allowed(ctx: MigrationContext, request: FastifyRequest, domain: Domain): Domain {
  if (!mayUse(ctx.config, request, 'migrate', [domain])) throw new AccessDeniedError();
  return domain;
}

export function domainNamed(ctx: MigrationContext, type: string): Domain {
  const domain = ctx.domains.find((other) => other.type === type && other.bulk);
  if (!domain) throw new InvalidRequestError(`migrationType ${type} is none of those there are`);
  return domain;
}

function readRunFilter(query: unknown): RunFilter {
  const { fromDateTime, toDateTime, includeOnlyFailures, prisonId } = query as Record<string, unknown>;
  return {
    ...(fromDateTime === undefined ? {} : { from: instantOf('fromDateTime', fromDateTime) }),
    ...(toDateTime === undefined ? {} : { to: instantOf('toDateTime', toDateTime) }),
    ...(includeOnlyFailures === 'true' ? { onlyFailures: true } : {}),
    // Only runs of exactly that one prison: clients rely on the compact text.
    ...(prisonId === undefined ? {} : { filterContains: `"prisonIds":["${prisonId}"]` }),
  };
}

function instantOf(name: string, value: unknown): Date {
  const time = readLocalDateTime(String(value));
  if (time === undefined) throw new InvalidRequestError(`${name} must be a local date-time`);
  return fromLocalDateTime(time);
}
