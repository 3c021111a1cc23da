import type { FastifyInstance, FastifyReply } from 'fastify';
import type { FieldError, FormFields, PageTools } from '#platform/console';
import type { NotifyContext } from '../context.ts';
import { httpsUrl } from '../requests/schema.ts';
import {
  addCallback,
  CALLBACK_TYPES,
  changeCallback,
  removeCallback,
  SHORTEST_TOKEN,
} from '../service-settings/callback-settings.ts';
import { listCallbackSettings, listQueuedCallbacks } from '../service-settings/callback-settings-queries.ts';
import type { ServiceRecord } from '../service-settings/service-record-queries.ts';
import { retryCallbackTask } from '../tasks/definitions.ts';
import { audit, idIn, serviceIn, servicePath, userOfActor } from './access.ts';

const view = new URL('./callbacks.njk', import.meta.url);
const SHOWN = 100;
const KINDS = [
  { type: 'delivery_status', text: 'Delivery receipts' },
  { type: 'inbound_sms', text: 'Received texts' },
  { type: 'returned_letter', text: 'Returned letters' },
  { type: 'complaint', text: 'Complaints' },
] as const;

/** Where the service is called, and which calls its receiver has not taken yet. */
export function registerCallbackPages(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  const { kysely } = ctx.db;
  const show = async (
    reply: FastifyReply,
    service: ServiceRecord,
    form?: FormFields,
    errors: FieldError[] = [],
  ) => {
    const settings = await listCallbackSettings(kysely, service.id);
    const data = {
      title: `Callbacks – ${service.name}`,
      service,
      kinds: KINDS.map((kind) => ({
        ...kind,
        setting: settings.find(({ callback_type: type }) => type === kind.type),
      })),
      waiting: await listQueuedCallbacks(kysely, service.id, SHOWN),
      form: form?.values ?? {},
    };
    return errors.length > 0 ? page.renderInvalid(reply, view, data, errors) : page.render(reply, view, data);
  };
  app.get('/services/:serviceId/callbacks', async (request, reply) =>
    show(reply, await serviceIn(ctx, request)),
  );

  app.post(
    '/services/:serviceId/callbacks',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const form = page.readForm(request);
      const type = CALLBACK_TYPES.find((one) => one === form.text('type'));
      const settings = await listCallbackSettings(kysely, service.id);
      const stored = settings.find(({ callback_type: known }) => known === type);
      const [url, token] = [form.text('url'), form.text('token')];
      const errors: FieldError[] = [];
      if (!type) errors.push({ field: 'type', message: 'Choose what to call about' });
      if (httpsUrl(url).length > 0)
        errors.push({ field: 'url', message: 'Enter an address that begins with https://' });
      if (token.length < SHORTEST_TOKEN && !(stored && token === '')) {
        errors.push({ field: 'token', message: `The token must have ${SHORTEST_TOKEN} characters or more` });
      }
      if (errors.length > 0 || !type) return show(reply, service, form, errors);
      const actor = page.actor(request);
      const userId = (await userOfActor(ctx, actor)).id;
      if (stored) await changeCallback(ctx, { id: stored.id, url, token: token || undefined, userId });
      else await addCallback(ctx, { serviceId: service.id, type, url, token, userId });
      const target = `notify_service:${service.id}`;
      await audit(ctx, actor, { action: 'notify_callback.saved', target, details: { type } });
      return page.redirect(reply, servicePath(service, '/callbacks'), 'The callback is saved');
    },
  );

  app.post(
    '/services/:serviceId/callbacks/:callbackId/remove',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      await removeCallback(ctx, service.id, idIn(request, 'callbackId'));
      const target = `notify_service:${service.id}`;
      await audit(ctx, page.actor(request), { action: 'notify_callback.removed', target });
      return page.redirect(reply, servicePath(service, '/callbacks'), 'The callback is removed');
    },
  );

  app.post(
    '/services/:serviceId/callbacks/retry',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const waiting = await listQueuedCallbacks(kysely, service.id, SHOWN);
      // A second job for a callback is harmless: whichever comes first takes it away.
      await ctx.jobs.enqueue(
        kysely,
        retryCallbackTask,
        waiting.map(({ id }) => ({ payload: { id }, key: service.id, correlationId: request.id })),
      );
      const target = `notify_service:${service.id}`;
      await audit(ctx, page.actor(request), { action: 'notify_callback.retried', target });
      return page.redirect(reply, servicePath(service, '/callbacks'), 'They are tried again now');
    },
  );
}
