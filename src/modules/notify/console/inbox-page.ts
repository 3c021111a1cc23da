import type { FastifyInstance } from 'fastify';
import type { PageTools } from '#platform/console';
import type { NotifyContext } from '../context.ts';
import { keptSince } from '../internal-api/inbox-routes.ts';
import { listInboundNumbers, listInbox } from '../received-texts/inbox-queries.ts';
import { normaliseIfPhoneNumber } from '../recipients/phone-number.ts';
import { serviceIn } from './access.ts';

const view = new URL('./received.njk', import.meta.url);
const SHOWN = 200;

/** Texts that people sent to the service; they show numbers, so viewers do not see them. */
export function registerInboxPage(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  app.get(
    '/services/:serviceId/received',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const from = page.readQuery(request).text('from').replaceAll('\u0000', '');
      const texts = await listInbox(ctx.db.kysely, {
        serviceId: service.id,
        since: await keptSince(ctx, service.id),
        userNumber: from === '' ? undefined : normaliseIfPhoneNumber(from),
        limit: SHOWN,
      });
      const [number] = await listInboundNumbers(ctx.db.kysely, { serviceId: service.id });
      return page.render(reply, view, {
        title: `Received texts – ${service.name}`,
        service,
        from,
        number: number?.number,
        mayReceive: service.permissions.includes('inbound_sms'),
        texts: texts.map((text) => ({ ...text, text: ctx.secrets.open(text.content) })),
      });
    },
  );
}
