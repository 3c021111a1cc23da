import type { FastifyPluginAsync } from 'fastify';
import { Type } from 'typebox';
import { HttpError } from '#platform/http';
import type { DirectoryContext } from '../context.ts';
import { profileOf } from '../profiles.ts';
import { injectMessage } from './inject-message.ts';
import { INJECTABLE_QUEUES, UnusableMessageError } from './injected-message.ts';

const Message = Type.Object({ message: Type.String() });
const Sent = Type.Object({
  message_id: Type.String(),
  correlation_id: Type.Union([Type.String(), Type.Null()]),
});

/** Raw queue injection (3.4): does not exist in live. */
export function injectRoutes(ctx: DirectoryContext): FastifyPluginAsync {
  return async (app) => {
    if (!profileOf(ctx.config.profile).hasTestHelpers) return;
    app.post<{ Params: { name: string } }>(
      '/queues/:name/messages',
      {
        schema: {
          summary: 'Put a message on a queue of the pipeline',
          tags: ['directory operators'],
          params: Type.Object({ name: Type.String() }),
          body: Type.Unknown(),
          response: { 200: Sent, 400: Message, 401: Message, 404: Message },
        },
      },
      async (request) => {
        const queue = INJECTABLE_QUEUES.find((name) => name === request.params.name);
        if (queue === undefined) throw new HttpError(404, 'unknown_queue', 'There is no such queue');
        try {
          return await injectMessage(ctx, queue, JSON.stringify(request.body ?? null));
        } catch (error) {
          if (error instanceof UnusableMessageError) {
            throw new HttpError(400, 'unusable_message', error.message);
          }
          throw error;
        }
      },
    );
  };
}
