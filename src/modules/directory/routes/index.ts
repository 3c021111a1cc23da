import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { SIGNALS } from '../alarms/alarm-rules.ts';
import type { DirectoryContext } from '../context.ts';
import type { Firewall } from '../firewall/firewall.ts';
import { acceptChangeEvent } from './accept-change-event.ts';
import { answers, securityHeaders } from './answers.ts';

/** The public listener of the module. Whatever it does not know is answered as the original's gateway does. */
export function directoryRoutes(ctx: DirectoryContext): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onSend', async (_request, reply) => {
      reply.headers(securityHeaders);
    });
    const { firewall } = ctx;
    if (firewall) app.addHook('onRequest', (request, reply) => block(firewall, ctx, { request, reply }));
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

/** Before everything else, unknown paths included (3.2). */
async function block(
  firewall: Firewall,
  { signals }: DirectoryContext,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply | undefined> {
  const { ip: address, method, headers } = request;
  const rule = await firewall.inspectRequest({ address, method, url: request.raw.url ?? '', headers });
  if (rule === undefined) return undefined;
  signals.count('shared', rule);
  return reply.code(403).header('content-type', 'application/json').send(answers.forbidden);
}
