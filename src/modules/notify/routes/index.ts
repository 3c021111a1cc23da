import type { FastifyPluginAsync } from 'fastify';
import { authenticate } from '../auth/caller.ts';
import type { NotifyContext } from '../context.ts';
import { internalApi, SLASHED_PATHS } from '../internal-api/index.ts';
import { pathOf, responseHeaders } from './answers.ts';
import { documentPages } from './document-pages.ts';
import { answerError, answerUnrouted } from './error-answers.ts';
import { letterStatus } from './letter-status.ts';
import { providerReceipts } from './provider-receipts.ts';
import { readNotifications } from './read-notifications.ts';
import { receiveTexts } from './receive-texts.ts';
import { receivedTextMessages } from './received-text-messages.ts';
import { logRequests } from './request-log.ts';
import { countConcurrentRequests } from './request-metrics.ts';
import { limitRequestTime } from './request-timeout.ts';
import { sendNotifications } from './send-notifications.ts';
import { statusRoutes } from './status.ts';
import { templateRoutes } from './templates.ts';
import { traceHeadersOf } from './trace-headers.ts';
import { unsubscribe } from './unsubscribe.ts';

/** Everything the module answers: public section 3.2, and 3.12 for providers. */
export function notifyRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    // JSON whatever the content type says, and forms of providers: each route reads the bytes itself.
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.addHook('onRequest', async (request, reply) => {
      reply.headers(responseHeaders).headers(traceHeadersOf(request));
      if (request.headers['content-type'] !== undefined) {
        request.headers['content-type'] = 'application/octet-stream';
      }
      // The router takes a path with a slash at its end for the one without.
      const path = pathOf(request);
      const isSlashed = path.length > app.prefix.length + 1 && path.endsWith('/');
      if (isSlashed && !SLASHED_PATHS.includes(path.slice(app.prefix.length))) reply.callNotFound();
    });
    countConcurrentRequests(app, ctx.metrics);
    limitRequestTime(app, ctx.config.requestTimeoutSeconds * 1_000);
    logRequests(app, ctx.log, ctx.config.requestLogLevel);
    app.setErrorHandler(answerError(ctx.log, app.prefix, ctx.clock));
    app.setNotFoundHandler((request, reply) => answerUnrouted(request, reply, app.prefix));

    await app.register(statusRoutes(ctx));
    await app.register(documentPages(ctx));
    await app.register(unsubscribe(ctx));
    await app.register(providerReceipts(ctx));
    await app.register(letterStatus(ctx));
    await app.register(receiveTexts(ctx));
    await app.register(internalApi(ctx));
    await app.register(async (api) => {
      api.addHook('onRequest', authenticate(ctx));
      await api.register(sendNotifications(ctx));
      await api.register(readNotifications(ctx));
      await api.register(templateRoutes(ctx));
      await api.register(receivedTextMessages(ctx));
    });
  };
}
