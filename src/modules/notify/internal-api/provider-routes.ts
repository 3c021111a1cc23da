import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { londonDay } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import {
  changeProvider,
  listProviderSettings,
  listProviderVersions,
  type ProviderSetting,
} from '../delivery/provider-settings-queries.ts';
import { timestamp } from '../notifications/timestamp.ts';
import {
  countProviderUnits,
  listProviderEditors,
  noteProviderEditor,
  type ProviderEditor,
} from '../platform-reports/provider-queries.ts';
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
  const show = async (request: FastifyRequest) => {
    const provider = await providerOf(request);
    return present(provider, await listProviderEditors(kysely, provider.identifier));
  };
  return async (app) => {
    app.get('/provider-details', { schema: { summary: 'Providers' } }, async (_request, reply) => {
      const providers = await listProviderSettings(kysely);
      const month = londonDay(ctx.clock.now()).slice(0, 7);
      const units = await countProviderUnits(kysely, `${month}-01`);
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
          current_month_billable_sms: units.get(provider.identifier) ?? 0,
        })),
      });
    });
    app.get('/provider-details/:id', { schema: { summary: 'One provider' } }, async (request, reply) =>
      answerJson(reply, 200, { provider_details: await show(request) }),
    );
    app.get(
      '/provider-details/:id/versions',
      { schema: { summary: 'Former settings of a provider' } },
      async (request, reply) => {
        const provider = await providerOf(request);
        const versions = await listProviderVersions(kysely, provider.identifier);
        const editors = await listProviderEditors(kysely, provider.identifier);
        return answerJson(reply, 200, {
          data: versions.map((version) => present({ ...provider, ...version }, editors)),
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
        if (fields.created_by && !creator) throw noResult();
        const { identifier } = provider;
        await kysely.transaction().execute(async (trx) => {
          const changed = await changeProvider(trx, {
            identifier,
            priority: fields.priority,
            active: fields.active,
            createdBy: creator?.name ?? 'notify-admin',
            reason: fields.reason ?? '',
            now: ctx.clock.now(),
          });
          if (!changed || !creator) return;
          await noteProviderEditor(trx, { identifier, version: changed.version, userId: creator.id });
        });
        return answerJson(reply, 200, { provider_details: await show(request) });
      },
    );
  };
}

/** Changes that no person of the website made have no `created_by`; the list tells their name. */
function present(provider: ProviderSetting, editors: readonly ProviderEditor[]) {
  const editor = editors.find(({ version }) => version === provider.version);
  return { ...provider, updated_at: timestamp(provider.updated_at), created_by: editor?.user ?? null };
}
