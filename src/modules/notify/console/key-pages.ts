import type { FastifyInstance, FastifyReply } from 'fastify';
import type { FieldError, FormFields, PageTools } from '#platform/console';
import type { NotifyContext } from '../context.ts';
import { listRecentKeys } from '../service-settings/api-key-queries.ts';
import { createApiKey, revokeApiKey } from '../service-settings/api-keys.ts';
import type { ServiceRecord } from '../service-settings/service-record-queries.ts';
import { KEY_TYPES } from '../services/service.ts';
import { audit, idIn, serviceIn, servicePath, userOfActor } from './access.ts';

const view = new URL('./keys.njk', import.meta.url);

/** Keys of the public API; each secret is shown once, on the page that answers its creation. */
export function registerKeyPages(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  const show = async (
    reply: FastifyReply,
    service: ServiceRecord,
    more: { form?: FormFields; secret?: string; errors?: FieldError[] } = {},
  ) => {
    const data = {
      title: `API keys – ${service.name}`,
      service,
      keys: await listRecentKeys(ctx.db.kysely, service.id, ctx.clock.now()),
      form: more.form?.values ?? {},
      secret: more.secret,
    };
    return more.errors ? page.renderInvalid(reply, view, data, more.errors) : page.render(reply, view, data);
  };
  app.get('/services/:serviceId/keys', async (request, reply) => show(reply, await serviceIn(ctx, request)));

  app.post(
    '/services/:serviceId/keys',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const form = page.readForm(request);
      const name = form.text('name');
      const type = KEY_TYPES.find((one) => one === form.text('type'));
      if (name === '' || name.length > 255 || !type) {
        const errors = [
          ...(name === '' || name.length > 255 ? [{ field: 'name', message: 'Enter a name' }] : []),
          ...(type ? [] : [{ field: 'type', message: 'Choose who the key may send to' }]),
        ];
        return show(reply, service, { form, errors });
      }
      const actor = page.actor(request);
      const { id: createdById } = await userOfActor(ctx, actor);
      const created = await createApiKey(ctx, { serviceId: service.id, name, type, createdById });
      if (!created) {
        return show(reply, service, {
          form,
          errors: [{ field: 'name', message: 'A key in use has this name' }],
        });
      }
      await audit(ctx, actor, { action: 'notify_api_key.created', target: `notify_api_key:${created.id}` });
      // Not redirected to: the secret must stand in no address and no cookie.
      const slug = name.replaceAll(/[^A-Za-z0-9]+/g, '_');
      return show(reply, service, { secret: `${slug}-${service.id}-${created.secret}` });
    },
  );

  app.post(
    '/services/:serviceId/keys/:keyId/revoke',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const id = idIn(request, 'keyId');
      if (await revokeApiKey(ctx, { serviceId: service.id, id })) {
        const target = `notify_api_key:${id}`;
        await audit(ctx, page.actor(request), { action: 'notify_api_key.revoked', target });
      }
      return page.redirect(reply, servicePath(service, '/keys'), 'The key is revoked');
    },
  );
}
