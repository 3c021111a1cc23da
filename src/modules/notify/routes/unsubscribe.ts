import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { PlainError } from '../errors.ts';
import { openToken } from '../secrets/fernet.ts';
import { findUnsubscribable, hasOpenRequest, insertRequest } from '../unsubscribes/unsubscribe-queries.ts';
import { answerJson } from './answers.ts';

const YEAR_SECONDS = 365 * 24 * 3_600;

/** POST /unsubscribe/{id}/{token}: public section 6.9. */
export function unsubscribe(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.post<{ Params: { id: string; token: string } }>('/unsubscribe/:id/:token', {
      schema: { summary: 'One-click unsubscribe', tags: ['public'] },
      handler: async (request, reply) => {
        const id = readUuid(request.params.id);
        const now = ctx.clock.now();
        const limits = { now, maxAgeSeconds: YEAR_SECONDS };
        const emailAddress = openToken(ctx.keys.token, request.params.token, limits);
        if (id === undefined || emailAddress === undefined)
          throw refusal('This is not a valid unsubscribe link.');
        const { kysely } = ctx.db;
        if (!(await hasOpenRequest(kysely, id))) {
          const row = await findUnsubscribable(kysely, id);
          if (!row) throw refusal('This unsubscribe link is invalid or expired.');
          await insertRequest(kysely, { ...row, requestId: randomUUID(), emailAddress, now });
          ctx.log.info({ serviceId: row.service_id, notificationId: id }, 'unsubscribe request received');
        }
        return answerJson(reply, 200, { result: 'success', message: 'Unsubscribe successful' });
      },
    });
  };
}

function refusal(message: string): PlainError {
  return new PlainError(404, { result: 'error', message: { 'unsubscribe request': message } });
}
