import type { FastifyInstance, FastifyReply } from 'fastify';
import type { FieldError, FormFields, PageTools } from '#platform/console';
import { HttpError } from '#platform/http';
import type { NotifyContext } from '../context.ts';
import {
  changeProvider,
  findProviderSetting,
  listProviderSettings,
  listProviderVersions,
  type ProviderSetting,
} from '../delivery/provider-settings-queries.ts';
import { audit, PATH } from './access.ts';

const views = {
  list: new URL('./providers.njk', import.meta.url),
  provider: new URL('./provider.njk', import.meta.url),
};

/** Who sends, in what balance, and switching them on and off. */
export function registerProviderPages(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  const { kysely } = ctx.db;
  app.get('/providers', async (_request, reply) =>
    page.render(reply, views.list, {
      title: 'Providers',
      providers: (await listProviderSettings(kysely)).map((provider) => ({
        ...provider,
        isConfigured: ctx.providers.has(provider.identifier) || provider.notification_type === 'letter',
      })),
    }),
  );

  const show = async (
    reply: FastifyReply,
    provider: ProviderSetting,
    form?: FormFields,
    errors: FieldError[] = [],
  ) => {
    const data = {
      title: provider.display_name,
      provider,
      versions: await listProviderVersions(kysely, provider.identifier),
      form: form?.values ?? {
        priority: String(provider.priority),
        active: provider.active ? 'yes' : 'no',
        reason: '',
      },
    };
    return errors.length > 0
      ? page.renderInvalid(reply, views.provider, data, errors)
      : page.render(reply, views.provider, data);
  };
  const providerIn = async (params: unknown): Promise<ProviderSetting> => {
    const { identifier } = params as { identifier: string };
    const provider = identifier.includes('\u0000')
      ? undefined
      : await findProviderSetting(kysely, identifier);
    if (!provider) throw new HttpError(404, 'not_found', 'There is no such provider');
    return provider;
  };
  app.get('/providers/:identifier', async (request, reply) => show(reply, await providerIn(request.params)));

  app.post('/providers/:identifier', { preHandler: page.requireRole('operator') }, async (request, reply) => {
    const provider = await providerIn(request.params);
    const form = page.readForm(request);
    const priority = /^\d{1,3}$/.test(form.text('priority')) ? Number(form.text('priority')) : Number.NaN;
    const errors: FieldError[] = [];
    if (!(priority <= 100)) errors.push({ field: 'priority', message: 'Enter a whole number from 0 to 100' });
    if (form.text('reason') === '')
      errors.push({ field: 'reason', message: 'Say why, for those who look later' });
    if (errors.length > 0) return show(reply, provider, form, errors);
    const actor = page.actor(request);
    const active = form.text('active') === 'yes';
    await changeProvider(kysely, {
      identifier: provider.identifier,
      priority,
      active,
      createdBy: actor.name,
      reason: form.text('reason'),
      now: ctx.clock.now(),
    });
    const target = `notify_provider:${provider.identifier}`;
    await audit(ctx, actor, { action: 'notify_provider.changed', target, details: { priority, active } });
    return page.redirect(reply, `${PATH}/providers`, `${provider.display_name} is changed`);
  });
}
