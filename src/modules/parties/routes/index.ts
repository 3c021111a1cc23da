import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { PartiesContext } from '../context.ts';
import { GatewayError, gatewayErrors, PartiesError, unexpected } from '../errors.ts';
import { logRequest } from './access-log.ts';
import type { Addition } from './addition.ts';
import { sendError } from './answers.ts';
import { createProduct } from './create-product.ts';
import { createProductTeam } from './create-product-team.ts';
import { deleteProduct } from './delete-product.ts';
import { deleteProductTeam } from './delete-product-team.ts';
import { findProductsPage, findProductTeamsPage } from './find-parties.ts';
import type { Operation } from './operation.ts';
import { registerPreflights } from './preflight.ts';
import { readChanges, readChangesKey } from './read-changes.ts';
import { readProductHistory, readTeamHistory } from './read-history.ts';
import { registerOpenapi } from './read-openapi.ts';
import { readProduct } from './read-product.ts';
import { readProductTeam } from './read-product-team.ts';
import { registerStatus } from './read-status.ts';
import { registerAddition, registerOperation } from './register-operation.ts';
import { searchProducts } from './search-products.ts';
import { logSteps, traceSteps } from './steps.ts';

/** The operations of the contract; `/_status` stands apart, having neither key nor version. */
export const operations: Operation[] = [
  createProductTeam,
  readProductTeam,
  deleteProductTeam,
  createProduct,
  readProduct,
  deleteProduct,
  searchProducts,
];

/** Endpoints beyond the original, all beneath names that it refuses. */
export const additions: Addition[] = [
  readTeamHistory,
  readProductHistory,
  readChanges,
  readChangesKey,
  findProductTeamsPage,
  findProductsPage,
];

/** Deliberate difference D9. */
const MAX_BODY_BYTES = 1_048_576;

/** The public listener: the same interface at the root and below the original's base path. */
export function partiesRoutes(ctx: PartiesContext): FastifyPluginAsync {
  return async (app) => {
    app.decorateRequest('parties', null);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
      done(null, body),
    );
    app.addHook('onRequest', (request, _reply, done) => {
      done(isTrailing(request.raw.url ?? '') ? gatewayErrors.unknownRoute() : undefined);
    });
    app.addHook('onResponse', (request, reply, done) => {
      logRequest(ctx, request, reply);
      logSteps(ctx, request, reply.statusCode);
      traceSteps(ctx, request);
      done();
    });
    app.setNotFoundHandler((_request, reply) => sendError(reply, gatewayErrors.unknownRoute(), 'null'));
    app.setErrorHandler((error, request, reply) => {
      const answer = answerOf(error);
      if (answer.status >= 500) {
        ctx.log.error({ err: error, correlationId: request.id }, 'parties request failed');
      }
      return sendError(reply, answer, request.parties?.version ?? 'null');
    });
    registerContract(app, ctx);
    const base = ctx.config.basePath.replace(/\/+$/, '');
    if (base !== '') await app.register(async (scope) => registerContract(scope, ctx), { prefix: base });
  };
}

function registerContract(app: FastifyInstance, ctx: PartiesContext): void {
  registerStatus(app, ctx);
  registerOpenapi(app);
  registerPreflights(app);
  for (const operation of operations) registerOperation(app, ctx, operation);
  for (const addition of additions) registerAddition(app, ctx, addition);
}

/** The router forgives a slash at the end; the contract does not. */
function isTrailing(url: string): boolean {
  const query = url.indexOf('?');
  return url.charCodeAt((query === -1 ? url.length : query) - 1) === 0x2f;
}

function answerOf(error: unknown): PartiesError | GatewayError {
  if (error instanceof PartiesError || error instanceof GatewayError) return error;
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 413) return gatewayErrors.tooLong();
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new GatewayError(statusCode, 'Bad Request', { cause: error });
  }
  return unexpected(error);
}
