import type { FastifyInstance } from 'fastify';
import type { Logger } from '#platform/telemetry';
import { gatewayErrors } from '../errors.ts';
import type { PublishedWorkspaces } from '../workspaces/published-workspaces.ts';
import { sendError } from './answers.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const PREFIX = '/connecting-party-manager-';

/** The published routes of workspaces: each is the whole interface on a database of its own (spec section 8.6). */
export function registerWorkspaces(app: FastifyInstance, published: PublishedWorkspaces, log: Logger): void {
  app.route<{ Params: { workspace: string } }>({
    method: METHODS,
    url: `${PREFIX}:workspace/*`,
    exposeHeadRoute: false,
    onRequest: async (request, reply) => {
      const route = `${PREFIX}${request.params.workspace}`;
      const server = await published.find(route).catch((error: unknown) => {
        log.error({ err: error, route }, 'workspace not opened');
        throw error;
      });
      if (!server) return sendError(reply, gatewayErrors.unknownRoute(), 'null');
      // Handed over before anything of the body is read; the workspace's own listener does all that follows.
      reply.hijack();
      const { raw } = request;
      const url = raw.url ?? '';
      raw.url = url.slice(url.indexOf(route) + route.length);
      server.routing(raw, reply.raw);
    },
    handler: () => undefined,
    errorHandler: (_error, _request, reply) => sendError(reply, gatewayErrors.crashed(), 'null'),
  });
}
