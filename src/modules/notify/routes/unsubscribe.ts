import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { PlainError } from '../errors.ts';
import { openLinkToken } from '../secrets/signed-link.ts';
import { findUnsubscribable, hasOpenRequest, insertRequest } from '../unsubscribes/unsubscribe-queries.ts';
import { leaveMailingList } from '../unsubscribes/unsubscribe-report-queries.ts';
import { answerJson } from './answers.ts';

/** Services that Notify itself writes to people from: leaving one changes the person and is no request. */
const MAILING_LISTS: ReadonlyMap<string, 'research' | 'features'> = new Map([
  ['6c335bf6-ea00-45f1-a40c-6612c7639386', 'research'],
  ['2242f811-1027-44c0-b7d1-1459823d6740', 'features'],
] as const);

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
        const emailAddress = openLinkToken(ctx.keys, request.params.token, limits);
        if (id === undefined || emailAddress === undefined)
          throw refusal('This is not a valid unsubscribe link.');
        const { kysely } = ctx.db;
        if (!(await hasOpenRequest(kysely, id))) {
          const row = await findUnsubscribable(kysely, id);
          if (!row) throw refusal('This unsubscribe link is invalid or expired.');
          const list = MAILING_LISTS.get(row.service_id);
          if (list) await leaveMailingList(kysely, { list, emailAddress, now });
          else await insertRequest(kysely, { ...row, requestId: randomUUID(), emailAddress, now });
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
