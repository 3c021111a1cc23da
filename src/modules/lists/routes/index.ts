import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { isConnectionFailure } from '#platform/db';
import { resolveCaller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { ListsError } from '../errors.ts';
import { type Endpoint, registerContract, registerNative } from '../gateway/endpoint.ts';
import { gatewayAnswer, gatewayAnswers } from '../gateway/gateway-answers.ts';
import { registerPreflight } from '../gateway/preflight.ts';
import { registerRequestLog } from '../gateway/request-log.ts';
import { registerCanonicalHost } from '../pages/canonical-host.ts';
import { registerPages, showNotFoundPage } from '../pages/index.ts';
import { sharedListPage } from '../pages/shared-list-page.ts';
import { wantsPage } from '../pages/wants-page.ts';
import { giftEndpoints } from './contract-gifts.ts';
import { getOwnList, listEndpoints, OwnListShape } from './contract-lists.ts';
import { productEndpoints } from './contract-products.ts';
import { reservationEndpoints } from './contract-reservations.ts';
import { toolsEndpoints } from './contract-tools.ts';
import { registerFederated } from './federated.ts';
import { accountEndpoints } from './native-accounts.ts';
import { nativeListEndpoints } from './native-lists.ts';
import { pictureEndpoints, registerPictures } from './native-pictures.ts';
import { nativeReservationEndpoints } from './native-reservations.ts';

const STAGES = ['prod', 'staging', 'test', 'dev'];

/** GET /lists/{id} answers the owner's program; a browser that opens the address is shown the public page. */
const ownListEndpoint: Endpoint = {
  method: 'GET',
  path: '/lists/:id',
  access: 'user',
  summary: 'A list with its gifts and reservations, for its owner',
  answer: OwnListShape,
  handle: async (ctx, call) => getOwnList(ctx, call),
};

/** Everything that listens: the original's contract at the root and below each stage, our own API, and the pages. */
export function listsRoutes(ctx: ListsContext): FastifyPluginAsync {
  return async (app) => {
    await app.register(cookie);
    registerRequestLog(app, ctx);
    registerCanonicalHost(app, ctx);
    // Bodies are read by whoever wants them: JSON whatever the content type says (spec section 3.1.5).
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.setErrorHandler((error, request, reply) => answerFault(ctx, error, request, reply));
    app.setNotFoundHandler((request, reply) =>
      wantsPage(request)
        ? showNotFoundPage(ctx, request, reply)
        : gatewayAnswer(reply, gatewayAnswers.missingToken),
    );
    registerContractAt(app, ctx, false);
    for (const stage of STAGES) {
      await app.register(async (scope) => registerContractAt(scope, ctx, true), { prefix: `/${stage}` });
    }
    registerNative(app, ctx, accountEndpoints, 'lists accounts');
    registerNative(app, ctx, nativeListEndpoints, 'lists');
    registerNative(app, ctx, nativeReservationEndpoints, 'lists reservations');
    registerNative(app, ctx, pictureEndpoints, 'lists pictures');
    registerPictures(app, ctx);
    registerFederated(app, ctx);
    // The name of the contract (spec section 8.5) for what every listener answers beside its modules.
    app.get('/health/ready', { schema: { hide: true } }, async (_request, reply) => {
      const answer = await app.inject('/health/readiness');
      return reply.code(answer.statusCode).type('application/json').send(answer.body);
    });
    await registerPages(app, ctx);
  };
}

function registerContractAt(app: FastifyInstance, ctx: ListsContext, isStage: boolean): void {
  const contract: [string, Endpoint[]][] = [
    ['lists contract', [...listEndpoints, ownListEndpoint]],
    ['lists contract', giftEndpoints],
    ['lists contract', reservationEndpoints],
    ['lists contract: products', productEndpoints],
    ['lists administration', toolsEndpoints],
  ];
  const page = isStage ? undefined : sharedListPage(ctx);
  if (page) {
    // Before the route's own handler: the page answers browsers and link previews, the handler everybody else.
    app.addHook('preHandler', async (request, reply) => {
      const isShared = request.method === 'GET' && request.routeOptions.url === `${app.prefix}/lists/:id`;
      if (!isShared || !wantsPage(request)) return undefined;
      const { caller } = await resolveCaller(ctx, request);
      return page(request, reply, caller);
    });
  }
  for (const [tag, endpoints] of contract) registerContract(app, ctx, endpoints, { tag, isHidden: isStage });
  registerPreflight(app, ctx);
}

/** What is not a refusal of ours: the framework's own complaints, a database that is away, and faults. */
function answerFault(
  ctx: ListsContext,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  if (error instanceof ListsError)
    return reply.code(error.status).send({ error: { code: error.code, message: error.message } });
  if (status === 413) return gatewayAnswer(reply, gatewayAnswers.tooLarge);
  if (status < 500) return gatewayAnswer(reply, gatewayAnswers.badRequest);
  if ((error as { code?: string }).code === 'FST_ERR_HANDLER_TIMEOUT') {
    return gatewayAnswer(reply, gatewayAnswers.timedOut);
  }
  if (isConnectionFailure(error)) {
    ctx.log.warn({ err: error, correlationId: request.id }, 'database not reachable');
    return gatewayAnswer(reply, gatewayAnswers.unavailable);
  }
  ctx.log.error(
    { err: error, correlationId: request.id, route: request.routeOptions.url, method: request.method },
    'request failed',
  );
  return gatewayAnswer(reply, gatewayAnswers.crash);
}
