import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import { violatedConstraint } from '#platform/db';
import type { NotifyContext } from '../context.ts';
import { mailAgreementSigned } from '../organisations/agreement-mails.ts';
import {
  deleteOrganisationMember,
  findArchiveObstacles,
  findOrganisation,
  findOrganisationByDomain,
  insertOrganisation,
  insertOrganisationMember,
  listOrganisations,
  ORGANISATION_TYPES,
  type OrganisationRow,
  propagateToServices,
  replaceDomains,
  setOrganisationPermissions,
  updateOrganisation,
} from '../organisations/organisation-queries.ts';
import { readQuery } from '../requests/query.ts';
import { answerJson } from '../routes/answers.ts';
import { listServiceRecords, updateServiceRecord } from '../service-settings/service-record-queries.ts';
import { domainsOf } from '../team/enough-managers.ts';
import { findUser, listOrganisationMembers } from '../users/user-queries.ts';
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
  agreement_signed_version: { kind: 'any' },
  request_to_go_live_notes: text,
  can_approve_own_go_live_requests: { kind: 'boolean' },
  notes: text,
  purchase_order_number: text,
  billing_contact_names: text,
  billing_contact_email_addresses: text,
  billing_reference: text,
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
      const id = randomUUID();
      await refusingDuplicates(() =>
        insertOrganisation(kysely, { ...fields, id, active: fields.active ?? true }, ctx.clock.now()),
      );
      return answerJson(reply, 201, presentOrganisation(await organisationOf(id)));
    });
    app.get(
      '/organisations/by-domain',
      { schema: { summary: 'The organisation of a domain' } },
      async (request, reply) => {
        const domain = queryText(readQuery(request.url), 'domain');
        if (domain === undefined || domain.includes('@')) throw refusal(400, 'Invalid domain');
        const organisation = await findOrganisationByDomain(kysely, domainsOf(domain));
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
        await change(ctx, organisation, readBody(request), request.id);
        return reply.code(204).send();
      },
    );
    app.post(
      '/organisations/:id/archive',
      { schema: { summary: 'Archive an organisation' } },
      async (request, reply) => {
        await archive(ctx, await organisationOf(idOf(request, 'id')));
        return reply.code(204).send();
      },
    );
    app.post(
      '/organisations/:id/service',
      { schema: { summary: 'Link a service to an organisation' } },
      async (request, reply) => {
        const { id, crown, organisation_type } = await organisationOf(idOf(request, 'id'));
        const fields = readFields(readBody(request), { service_id: { kind: 'uuid', required: true } });
        const service = await serviceOf(ctx, fields.service_id);
        const changes = { organisation_id: id, crown, organisation_type };
        await updateServiceRecord(kysely, service.id, changes, ctx.clock.now());
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

async function change(
  ctx: NotifyContext,
  organisation: OrganisationRow,
  body: Record<string, unknown>,
  correlationId: string,
): Promise<void> {
  const { domains, permissions, ...fields } = readFields(body, CHANGES);
  const now = ctx.clock.now();
  await refusingDuplicates(() =>
    ctx.db.kysely.transaction().execute(async (trx) => {
      if (permissions !== undefined) {
        await updateOrganisation(trx, organisation.id, { permissions }, now);
        return;
      }
      await updateOrganisation(trx, organisation.id, fields, now);
      if (domains !== undefined) await replaceDomains(trx, organisation.id, domains);
      await propagateToServices(trx, organisation.id, {
        ...(fields.organisation_type === undefined ? {} : { organisation_type: fields.organisation_type }),
        ...(fields.crown === undefined ? {} : { crown: fields.crown }),
      });
      if (fields.agreement_signed !== true || !fields.agreement_signed_by_id) return;
      const signer = await findUser(trx, fields.agreement_signed_by_id);
      const signed = await findOrganisation(trx, organisation.id);
      if (signer && signed)
        await mailAgreementSigned(ctx, trx, { organisation: signed, signer, correlationId });
    }),
  );
}

async function archive(ctx: NotifyContext, organisation: OrganisationRow): Promise<void> {
  const now = ctx.clock.now();
  const stamp = now.toISOString().slice(0, 19).replace('T', '-');
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const { services, people } = await findArchiveObstacles(trx, organisation.id);
    if (services) throw refusal(400, 'Cannot archive an organisation with active services');
    if (people) {
      throw refusal(400, 'Cannot archive an organisation with team members or invited team members');
    }
    if (!organisation.active) return;
    await replaceDomains(trx, organisation.id, []);
    const name = `_archived_${stamp}_${organisation.name}`;
    await updateOrganisation(trx, organisation.id, { active: false, name }, now);
  });
}

async function refusingDuplicates(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === 'organisations_name_key') throw refusal(400, 'Organisation name already exists');
    if (constraint === 'organisation_domains_pkey') throw refusal(400, 'Domain already exists');
    throw error;
  }
}
