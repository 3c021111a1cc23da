import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { NotifyContext } from '../context.ts';
import {
  changeProvider,
  listProviderSettings,
  listProviderVersions,
  type ProviderSetting,
} from '../delivery/provider-settings-queries.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { answerJson } from '../routes/answers.ts';
import { findUser } from '../users/user-queries.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { idOf } from './requests.ts';
import { httpDate } from './times.ts';

const CHANGEABLE = ['priority', 'created_by', 'active', 'reason'];

/** Who sends, and how much of it: internals section 3.4.19. */
export function providerRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  const providerOf = async (request: FastifyRequest): Promise<ProviderSetting> => {
    const id = idOf(request, 'id');
    const provider = (await listProviderSettings(kysely)).find((one) => one.id === id);
    if (!provider) throw noResult();
    return provider;
  };
  return async (app) => {
    app.get('/provider-details', { schema: { summary: 'Providers' } }, async (_request, reply) => {
      const providers = await listProviderSettings(kysely);
      return answerJson(reply, 200, {
        provider_details: providers.map((provider) => ({
          id: provider.id,
          display_name: provider.display_name,
          identifier: provider.identifier,
          priority: provider.priority,
          notification_type: provider.notification_type,
          active: provider.active,
          updated_at: httpDate(provider.updated_at),
          supports_international: provider.supports_international,
          created_by_name: provider.created_by,
          reason: provider.reason,
        })),
      });
    });
    app.get('/provider-details/:id', { schema: { summary: 'One provider' } }, async (request, reply) =>
      answerJson(reply, 200, { provider_details: present(await providerOf(request)) }),
    );
    app.get(
      '/provider-details/:id/versions',
      { schema: { summary: 'Former settings of a provider' } },
      async (request, reply) => {
        const provider = await providerOf(request);
        const versions = await listProviderVersions(kysely, provider.identifier);
        return answerJson(reply, 200, {
          data: versions.map((version) => present({ ...provider, ...version })),
        });
      },
    );
    app.post(
      '/provider-details/:id',
      { schema: { summary: 'Change a provider' } },
      async (request, reply) => {
        const provider = await providerOf(request);
        const body = readBody(request);
        const other = Object.keys(body).find((name) => !CHANGEABLE.includes(name));
        if (other !== undefined) throw refusal(400, { [other]: ['Not permitted to be updated'] });
        const fields = readFields(body, {
          priority: { kind: 'integer' },
          active: { kind: 'boolean' },
          created_by: { kind: 'uuid', nullable: true },
          reason: { kind: 'text', nullable: true },
        });
        if (fields.priority !== undefined && (fields.priority < 0 || fields.priority > 100)) {
          throw refusal(400, { priority: ['Must be between 0 and 100.'] });
        }
        const creator = fields.created_by ? await findUser(kysely, fields.created_by) : undefined;
        await changeProvider(kysely, {
          identifier: provider.identifier,
          priority: fields.priority,
          active: fields.active,
          createdBy: creator?.name ?? 'notify-admin',
          reason: fields.reason ?? '',
          now: ctx.clock.now(),
        });
        return answerJson(reply, 200, { provider_details: present(await providerOf(request)) });
      },
    );
  };
}

function present({ created_by: createdBy, ...provider }: ProviderSetting) {
  return { ...provider, updated_at: timestamp(provider.updated_at), created_by: createdBy };
}
