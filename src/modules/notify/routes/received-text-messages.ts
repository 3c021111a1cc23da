import type { FastifyPluginAsync } from 'fastify';
import { callerOf } from '../auth/caller.ts';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { listReceivedTexts } from '../received-texts/received-text-queries.ts';
import { readQuery } from '../requests/query.ts';
import { validate } from '../requests/schema.ts';
import { RECEIVED_TEXTS_QUERY } from '../requests/send-requests.ts';
import { ANSWERS } from './answer-schemas.ts';
import { answerJson, baseUrlOf } from './answers.ts';
import { documented, ReceivedTextsQuery } from './api-schemas.ts';

const PAGE_SIZE = 250;

/** GET /v2/received-text-messages: public section 3.11. */
export function receivedTextMessages(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.get('/v2/received-text-messages', {
      ...documented({
        summary: 'A page of received texts',
        tags: ['received texts'],
        querystring: ReceivedTextsQuery,
        response: ANSWERS.listReceivedTexts,
      }),
      handler: async (request, reply) => {
        const query = readQuery(request.url);
        validate(RECEIVED_TEXTS_QUERY, query);
        const rows = await listReceivedTexts(ctx.db.kysely, {
          serviceId: callerOf(request).service.id,
          olderThan: readUuid(query.older_than),
          limit: PAGE_SIZE,
        });
        const current = `${baseUrlOf(request, app, ctx.config.apiHostName)}/v2/received-text-messages`;
        const last = rows.at(-1);
        return answerJson(reply, 200, {
          received_text_messages: rows.map((row) => ({
            id: row.id,
            user_number: row.user_number,
            notify_number: row.notify_number,
            created_at: timestamp(row.created_at),
            service_id: row.service_id,
            content: ctx.secrets.open(row.content),
          })),
          links: { current, ...(last ? { next: `${current}?older_than=${last.id}` } : {}) },
        });
      },
    });
  };
}
