import type { FastifyPluginAsync } from 'fastify';
import type { NotifyContext } from '../context.ts';
import {
  deleteOrganisationMember,
  findOrganisation,
  findOrganisationByDomain,
  insertOrganisationMember,
  listOrganisations,
  ORGANISATION_TYPES,
  type OrganisationRow,
  setOrganisationPermissions,
} from '../organisations/organisation-queries.ts';
import {
  archiveOrganisation,
  changeOrganisation,
  createOrganisation,
  linkService,
  OrganisationRefusal,
} from '../organisations/organisations.ts';
import { readQuery } from '../requests/query.ts';
import { answerJson } from '../routes/answers.ts';
import { listServiceRecords } from '../service-settings/service-record-queries.ts';
import { organisationDomainsOf } from '../team/enough-managers.ts';
import { listOrganisationMembers } from '../users/user-queries.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { readPermissions } from './member-routes.ts';
import { presentOrganisation, presentOrganisationInList } from './present-organisation.ts';
import { presentService } from './present-service.ts';
import { presentUser } from './present-user.ts';
import { idOf, queryText, userOf } from './requests.ts';
import { serviceOf } from './service-routes.ts';

const text = { kind: 'text', nullable: true } as const;
const CHANGES = {
  name: { kind: 'text' },
  active: { kind: 'boolean' },
  crown: { kind: 'boolean', nullable: true },
  organisation_type: { kind: 'text', nullable: true, oneOf: ORGANISATION_TYPES },
  agreement_signed: { kind: 'boolean', nullable: true },
  agreement_signed_at: { kind: 'time', nullable: true },
  agreement_signed_by_id: { kind: 'uuid', nullable: true },
  agreement_signed_on_behalf_of_name: text,
  agreement_signed_on_behalf_of_email_address: text,
  agreement_signed_version: { kind: 'number', nullable: true },
  request_to_go_live_notes: text,
  can_approve_own_go_live_requests: { kind: 'boolean' },
  notes: text,
  purchase_order_number: text,
  billing_contact_names: text,
  billing_contact_email_addresses: text,
  billing_reference: text,
  email_branding_id: { kind: 'uuid', nullable: true },
  letter_branding_id: { kind: 'uuid', nullable: true },
  domains: { kind: 'texts' },
  permissions: { kind: 'texts' },
} as const satisfies Parameters<typeof readFields>[1];

/** Organisations: internals section 3.4.13. */
export function organisationRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  const organisationOf = async (id: string): Promise<OrganisationRow> => {
    const organisation = await findOrganisation(kysely, id);
    if (!organisation) throw refusal(404, 'Organisation not found');
    return organisation;
  };
  return async (app) => {
    app.get('/organisations', { schema: { summary: 'Organisations' } }, async (_request, reply) =>
      answerJson(reply, 200, (await listOrganisations(kysely)).map(presentOrganisationInList)),
    );
    app.post('/organisations', { schema: { summary: 'Create an organisation' } }, async (request, reply) => {
      const fields = readFields(readBody(request), {
        name: { kind: 'text', required: true },
        crown: { kind: 'boolean', required: true, nullable: true },
        organisation_type: { kind: 'text', required: true, oneOf: ORGANISATION_TYPES },
        active: { kind: 'boolean' },
      });
      const id = await refusing(() => createOrganisation(ctx, { ...fields, active: fields.active ?? true }));
      return answerJson(reply, 201, presentOrganisation(await organisationOf(id)));
    });
    app.get(
      '/organisations/by-domain',
      { schema: { summary: 'The organisation of a domain' } },
      async (request, reply) => {
        const domain = queryText(readQuery(request.url), 'domain');
        if (domain === undefined || domain.includes('@')) throw refusal(400, 'Invalid domain');
        const organisation = await findOrganisationByDomain(kysely, organisationDomainsOf(domain));
        if (!organisation) throw noResult();
        return answerJson(reply, 200, presentOrganisation(organisation));
      },
    );
    app.get(
      '/organisations/search',
      { schema: { summary: 'Organisations by a part of their name' } },
      async (request, reply) => {
        const name = queryText(readQuery(request.url), 'name') ?? '';
        const found = await listOrganisations(kysely, name);
        return answerJson(reply, 200, { data: found.map(presentOrganisationInList) });
      },
    );
    app.get('/organisations/:id', { schema: { summary: 'One organisation' } }, async (request, reply) =>
      answerJson(reply, 200, presentOrganisation(await organisationOf(idOf(request, 'id')))),
    );
    app.post(
      '/organisations/:id',
      { schema: { summary: 'Change an organisation' } },
      async (request, reply) => {
        const organisation = await organisationOf(idOf(request, 'id'));
        const { domains, permissions, ...columns } = readFields(readBody(request), CHANGES);
        await refusing(() =>
          changeOrganisation(ctx, organisation.id, { columns, domains, permissions }, request.id),
        );
        return reply.code(204).send();
      },
    );
    app.post(
      '/organisations/:id/archive',
      { schema: { summary: 'Archive an organisation' } },
      async (request, reply) => {
        const organisation = await organisationOf(idOf(request, 'id'));
        await refusing(() => archiveOrganisation(ctx, organisation));
        return reply.code(204).send();
      },
    );
    app.post(
      '/organisations/:id/service',
      { schema: { summary: 'Link a service to an organisation' } },
      async (request, reply) => {
        const organisation = await organisationOf(idOf(request, 'id'));
        const fields = readFields(readBody(request), { service_id: { kind: 'uuid', required: true } });
        const service = await serviceOf(ctx, fields.service_id);
        await linkService(ctx, organisation, service.id);
        return reply.code(204).send();
      },
    );
    app.get(
      '/organisations/:id/services',
      { schema: { summary: 'The services of an organisation' } },
      async (request, reply) => {
        const { id } = await organisationOf(idOf(request, 'id'));
        const services = await listServiceRecords(kysely, {
          onlyActive: false,
          userId: undefined,
          organisationId: id,
        });
        services.sort((a, b) => Number(b.active) - Number(a.active) || a.name.localeCompare(b.name, 'en-GB'));
        return answerJson(reply, 200, services.map(presentService));
      },
    );
    app.get(
      '/organisations/:id/users',
      { schema: { summary: 'The members of an organisation' } },
      async (request, reply) => {
        const { id } = await organisationOf(idOf(request, 'id'));
        const members = await listOrganisationMembers(kysely, id);
        return answerJson(reply, 200, { data: members.map(presentUser) });
      },
    );
    app.post(
      '/organisations/:id/users/:userId',
      { schema: { summary: 'Add a member to an organisation' } },
      async (request, reply) => {
        const { id } = await organisationOf(idOf(request, 'id'));
        const user = await userOf(ctx, request);
        const permissions = readPermissions(readBody(request), ['can_make_services_live']);
        await insertOrganisationMember(kysely, { organisationId: id, userId: user.id, permissions });
        return answerJson(reply, 200, { data: presentUser(await userOf(ctx, request)) });
      },
    );
    app.delete(
      '/organisations/:id/users/:userId',
      { schema: { summary: 'Remove a member of an organisation' } },
      async (request, reply) => {
        const { id } = await organisationOf(idOf(request, 'id'));
        if (!(await deleteOrganisationMember(kysely, id, idOf(request, 'userId')))) {
          throw refusal(404, 'User not found');
        }
        return reply.code(204).send();
      },
    );
    app.post(
      '/user/:userId/organisation/:id/permissions',
      { schema: { summary: 'Replace the permissions of a member of an organisation' } },
      async (request, reply) => {
        const permissions = readPermissions(readBody(request), ['can_make_services_live']);
        const member = { organisationId: idOf(request, 'id'), userId: idOf(request, 'userId'), permissions };
        if (!(await setOrganisationPermissions(kysely, member))) throw noResult();
        return reply.code(204).send();
      },
    );
  };
}

/** What an organisation cannot be, in the contract's words. */
async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof OrganisationRefusal)) throw error;
    throw refusal(400, error.message);
  }
}
