import type { FastifyInstance, FastifyReply } from 'fastify';
import { type FieldError, type FormFields, type PageTools, pageLinks } from '#platform/console';
import { readUuid } from '../auth/uuid-text.ts';
import { repeatCalls } from '../callback-log/callback-log.ts';
import { LOG_OUTCOMES, listEndedCalls, listWaitingCalls } from '../callback-log/callback-log-queries.ts';
import type { NotifyContext } from '../context.ts';
import { httpsUrl } from '../requests/schema.ts';
import {
  addCallback,
  CALLBACK_TYPES,
  changeCallback,
  removeCallback,
  SHORTEST_TOKEN,
} from '../service-settings/callback-settings.ts';
import { listCallbackSettings } from '../service-settings/callback-settings-queries.ts';
import type { ServiceRecord } from '../service-settings/service-record-queries.ts';
import { retryCallbackTask } from '../tasks/definitions.ts';
import { audit, idIn, serviceIn, servicePath, userOfActor } from './access.ts';

const view = new URL('./callbacks.njk', import.meta.url);
const SHOWN = 50;
const MOST_AGAIN = 1_000;
const KINDS = [
  { type: 'delivery_status', text: 'Delivery receipts' },
  { type: 'inbound_sms', text: 'Received texts' },
  { type: 'returned_letter', text: 'Returned letters' },
  { type: 'complaint', text: 'Complaints' },
] as const;

/** Where the service is called, and what became of the calls. */
export function registerCallbackPages(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  const { kysely } = ctx.db;
  const show = async (
    reply: FastifyReply,
    service: ServiceRecord,
    query: FormFields,
    form?: FormFields,
    errors: FieldError[] = [],
  ) => {
    const settings = await listCallbackSettings(kysely, service.id);
    const outcome = LOG_OUTCOMES.find((one) => one === query.text('outcome'));
    const waiting =
      outcome === undefined || outcome === 'waiting' ? await listWaitingCalls(kysely, service.id, SHOWN) : [];
    const ended =
      outcome === 'waiting'
        ? []
        : await listEndedCalls(kysely, {
            serviceId: service.id,
            outcome,
            olderThan: readUuid(query.text('after')),
            limit: SHOWN + 1,
          });
    const next = ended.length > SHOWN ? ended[SHOWN - 1]?.id : undefined;
    const data = {
      title: `Callbacks – ${service.name}`,
      service,
      kinds: KINDS.map((kind) => ({
        ...kind,
        setting: settings.find(({ callback_type: type }) => type === kind.type),
      })),
      kindNames: Object.fromEntries(KINDS.map(({ type, text }) => [type, text])),
      outcome,
      waiting: query.text('after') === '' ? waiting : [],
      ended: ended.slice(0, SHOWN),
      pages: pageLinks(servicePath(service, '/callbacks'), query, next),
      form: form?.values ?? {},
    };
    return errors.length > 0 ? page.renderInvalid(reply, view, data, errors) : page.render(reply, view, data);
  };
  app.get('/services/:serviceId/callbacks', async (request, reply) =>
    show(reply, await serviceIn(ctx, request), page.readQuery(request)),
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
      if (errors.length > 0 || !type) return show(reply, service, page.readQuery(request), form, errors);
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
      const waiting = await listWaitingCalls(kysely, service.id, MOST_AGAIN);
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

  app.post(
    '/services/:serviceId/callbacks/repeat',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const chosen = readUuid(page.readForm(request).text('call'));
      const failed = { serviceId: service.id, outcome: 'failed' as const, olderThan: undefined };
      const ids =
        chosen === undefined
          ? (await listEndedCalls(kysely, { ...failed, limit: MOST_AGAIN })).map(({ id }) => id)
          : [chosen];
      const calls = await repeatCalls(ctx, { serviceId: service.id, ids, correlationId: request.id });
      const target = `notify_service:${service.id}`;
      const details = { calls };
      await audit(ctx, page.actor(request), { action: 'notify_callback.repeated', target, details });
      const path = servicePath(service, '/callbacks');
      if (calls === 0) {
        const text =
          'There was nothing to repeat: calls are kept for three days, and need an address to go to';
        return page.redirect(reply, path, { kind: 'notice', text });
      }
      return page.redirect(
        reply,
        path,
        calls === 1 ? 'The call is made again' : `${calls} calls are made again`,
      );
    },
  );
}
