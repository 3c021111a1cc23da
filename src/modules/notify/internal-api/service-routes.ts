import type { FastifyPluginAsync } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { findOrganisation, ORGANISATION_TYPES } from '../organisations/organisation-queries.ts';
import { readQuery } from '../requests/query.ts';
import { answerJson } from '../routes/answers.ts';
import {
  findServiceRecord,
  listHistory,
  listServiceRecords,
  type ServiceRecord,
  searchServices,
} from '../service-settings/service-record-queries.ts';
import {
  archiveService,
  changeService,
  createService,
  DuplicateServiceName,
  SERVICE_PERMISSIONS,
} from '../service-settings/services.ts';
import { findUser } from '../users/user-queries.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { presentOrganisation } from './present-organisation.ts';
import { presentService } from './present-service.ts';
import { presentServiceHistory } from './present-service-history.ts';
import { idOf, queryFlag, queryText } from './requests.ts';
import { detailedService, detailedServices } from './service-statistics.ts';

const limit = { kind: 'bigint' } as const;
const text = { kind: 'text', nullable: true } as const;

const NEW_SERVICE = {
  name: {
    kind: 'text',
    required: true,
    check: (value) => (value.trim() ? undefined : 'Field may not be blank.'),
  },
  user_id: { kind: 'uuid', required: true },
  created_by: { kind: 'uuid', required: true },
  email_message_limit: { ...limit, required: true },
  sms_message_limit: { ...limit, required: true },
  letter_message_limit: { ...limit, required: true },
  international_sms_message_limit: limit,
  restricted: { kind: 'boolean', required: true },
  active: { kind: 'boolean' },
  organisation_type: { kind: 'text', nullable: true, oneOf: ORGANISATION_TYPES },
} as const satisfies Parameters<typeof readFields>[1];

const SERVICE_CHANGES = {
  name: { kind: 'text', check: NEW_SERVICE.name.check },
  custom_email_sender_name: text,
  confirmed_email_sender_name: { kind: 'boolean' },
  active: { kind: 'boolean' },
  restricted: { kind: 'boolean' },
  prefix_sms: { kind: 'boolean' },
  rate_limit: { kind: 'integer' },
  contact_link: text,
  letter_message_limit: limit,
  sms_message_limit: limit,
  international_sms_message_limit: limit,
  email_message_limit: limit,
  volume_sms: { kind: 'integer', nullable: true },
  volume_email: { kind: 'integer', nullable: true },
  volume_letter: { kind: 'integer', nullable: true },
  consent_to_research: { kind: 'boolean', nullable: true },
  count_as_live: { kind: 'boolean' },
  go_live_at: { kind: 'time', nullable: true },
  go_live_user: { kind: 'uuid', nullable: true },
  has_active_go_live_request: { kind: 'boolean' },
  confirmed_unique: { kind: 'boolean' },
  notes: text,
  purchase_order_number: text,
  billing_contact_names: text,
  billing_contact_email_addresses: text,
  billing_reference: text,
  organisation_type: NEW_SERVICE.organisation_type,
  permissions: { kind: 'texts' },
  email_branding: { kind: 'uuid', nullable: true },
  letter_branding: { kind: 'uuid', nullable: true },
} as const satisfies Parameters<typeof readFields>[1];

const INTERNATIONAL_LIMIT = 250_000;

/** Services: internals section 3.4.4. */
export function serviceRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.get('/service', { schema: { summary: 'Services' } }, async (request, reply) => {
      const query = readQuery(request.url);
      if (queryFlag(query, 'detailed', false)) {
        return answerJson(reply, 200, { data: await detailedServices(ctx, query) });
      }
      const services = await listServiceRecords(ctx.db.kysely, {
        onlyActive: queryFlag(query, 'only_active', false),
        userId: queryText(query, 'user_id'),
      });
      return answerJson(reply, 200, { data: services.map(presentService) });
    });
    app.post('/service', { schema: { summary: 'Create a service' } }, async (request, reply) => {
      const id = await create(ctx, readBody(request));
      return answerJson(reply, 201, { data: presentService(await serviceOf(ctx, id)) });
    });
    app.get(
      '/service/find-services-by-name',
      { schema: { summary: 'Services by a part of their name' } },
      async (request, reply) => {
        const part = queryText(readQuery(request.url), 'service_name');
        if (part === undefined) throw refusal(400, { service_name: ['Missing data for required field.'] });
        return answerJson(reply, 200, { data: await searchServices(ctx.db.kysely, part) });
      },
    );
    app.get('/service/:serviceId', { schema: { summary: 'One service' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const query = readQuery(request.url);
      const data = queryFlag(query, 'detailed', false)
        ? await detailedService(ctx, service, queryFlag(query, 'today_only', false))
        : presentService(service);
      return answerJson(reply, 200, { data });
    });
    app.post('/service/:serviceId', { schema: { summary: 'Change a service' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      await change(ctx, service, readBody(request), request.id);
      return answerJson(reply, 200, { data: presentService(await serviceOf(ctx, service.id)) });
    });
    app.post(
      '/service/:serviceId/archive',
      { schema: { summary: 'Archive a service' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        await archiveService(ctx, service.id);
        return reply.code(204).send();
      },
    );
    app.get(
      '/service/:serviceId/history',
      { schema: { summary: 'Former versions of a service and its keys' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const versions = await listHistory(ctx.db.kysely, service.id, 'service');
        const keys = await listHistory(ctx.db.kysely, service.id, 'api_key');
        return answerJson(reply, 200, { data: presentServiceHistory(versions, keys) });
      },
    );
    app.get(
      '/service/:serviceId/organisation',
      { schema: { summary: 'The organisation of a service' } },
      async (request, reply) => {
        const { organisation_id: id } = await serviceOf(ctx, idOf(request, 'serviceId'));
        const organisation = id === null ? undefined : await findOrganisation(ctx.db.kysely, id);
        return answerJson(reply, 200, organisation ? presentOrganisation(organisation) : {});
      },
    );
  };
}

export async function serviceOf(ctx: NotifyContext, id: string): Promise<ServiceRecord> {
  const service = await findServiceRecord(ctx.db.kysely, id);
  if (!service) throw noResult();
  return service;
}

async function create(ctx: NotifyContext, body: Record<string, unknown>): Promise<string> {
  const fields = readFields(body, NEW_SERVICE);
  const creator = await findUser(ctx.db.kysely, fields.user_id);
  if (!creator) throw noResult();
  return refusingDuplicates(() =>
    createService(ctx, {
      name: fields.name,
      creator,
      createdById: fields.created_by,
      isRestricted: fields.restricted,
      isActive: fields.active ?? true,
      organisationType: fields.organisation_type ?? null,
      limits: {
        email: fields.email_message_limit,
        sms: fields.sms_message_limit,
        letter: fields.letter_message_limit,
        internationalSms: fields.international_sms_message_limit ?? INTERNATIONAL_LIMIT,
      },
    }),
  );
}

async function change(
  ctx: NotifyContext,
  service: ServiceRecord,
  body: Record<string, unknown>,
  correlationId: string,
): Promise<void> {
  const {
    go_live_at: goLiveAt,
    go_live_user: goLiveUser,
    email_branding: emailBrand,
    letter_branding: letterBrand,
    ...fields
  } = readFields(body, SERVICE_CHANGES);
  checkPermissions(fields.permissions ?? []);
  const changes = {
    ...fields,
    ...(goLiveAt === undefined ? {} : { go_live_at: goLiveAt === null ? null : new Date(goLiveAt) }),
    ...(goLiveUser === undefined ? {} : { go_live_user_id: goLiveUser }),
    ...(emailBrand === undefined ? {} : { email_branding_id: emailBrand }),
    ...(letterBrand === undefined ? {} : { letter_branding_id: letterBrand }),
  };
  await refusingDuplicates(() => changeService(ctx, service.id, changes, correlationId));
}

function checkPermissions(permissions: readonly string[]): void {
  const names: readonly string[] = SERVICE_PERMISSIONS;
  const unknown = permissions.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw refusal(400, { permissions: [`Invalid Service Permission: '${unknown}'`] });
  }
  const repeated = permissions.filter((name, place) => permissions.indexOf(name) !== place);
  if (repeated.length > 0) {
    const list = [...new Set(repeated)].map((name) => `'${name}'`).join(', ');
    throw refusal(400, { permissions: [`Duplicate Service Permission: [${list}]`] });
  }
}

async function refusingDuplicates<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof DuplicateServiceName)) throw error;
    throw refusal(400, { name: [`Duplicate service name '${error.serviceName}'`] });
  }
}
