import type { FastifyPluginAsync } from 'fastify';
import { SIGNALS } from '../alarms/alarm-rules.ts';
import type { DirectoryContext } from '../context.ts';
import { acceptChangeEvent } from './accept-change-event.ts';
import { answers, securityHeaders } from './answers.ts';

/** The public listener of the module. Whatever it does not know is answered as the original's gateway does. */
export function directoryRoutes(ctx: DirectoryContext): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onSend', async (_request, reply) => {
      reply.headers(securityHeaders);
    });
    app.addHook('onResponse', async (request, reply) => {
      const { statusCode } = reply;
      ctx.signals.measure('shared', SIGNALS.endpointRequests, reply.elapsedTime);
      if (statusCode >= 400) {
        ctx.signals.count('shared', statusCode < 500 ? SIGNALS.endpoint4xx : SIGNALS.endpoint5xx);
      }
      ctx.accessLog.note(request, reply);
    });
    app.setNotFoundHandler((_request, reply) =>
      reply.code(403).header('content-type', 'application/json').send(answers.missingToken),
    );
    await app.register(acceptChangeEvent(ctx));
  };
}
