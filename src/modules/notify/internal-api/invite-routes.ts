import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { findOrganisation } from '../organisations/organisation-queries.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { answerJson } from '../routes/answers.ts';
import {
  findInvite,
  findOrganisationInvite,
  type InviteRow,
  listInvites,
  listOrganisationInvites,
  type OrganisationInviteRow,
  setOrganisationInviteStatus,
  updateInvite,
} from '../team/invite-queries.ts';
import { inviteToOrganisation, inviteToService, openInviteToken } from '../team/invites.ts';
import { USER_PERMISSIONS } from '../team/member-queries.ts';
import { AUTH_TYPES, findUser } from '../users/user-queries.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { emailFault } from './person-fields.ts';
import { idOf } from './requests.ts';
import { serviceOf } from './service-routes.ts';

const STATUSES = ['pending', 'accepted', 'cancelled'] as const;
const EXPIRED =
  'Your invitation to GOV.UK Notify has expired. Please ask the person that invited you to send you another one';
const DAMAGED = 'Something’s wrong with this link. Make sure you’ve copied the whole thing.';

/** Invitations to services and organisations: internals section 3.4.16. */
export function inviteRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    registerServiceInvites(app, ctx);
    registerOrganisationInvites(app, ctx);
  };
}

function registerServiceInvites(app: FastifyInstance, ctx: NotifyContext): void {
  const { kysely } = ctx.db;
  const base = '/service/:serviceId/invite';
  const inviteOf = async (request: FastifyRequest): Promise<InviteRow> => {
    const invite = await findInvite(kysely, idOf(request, 'id'));
    if (!invite || invite.service_id !== idOf(request, 'serviceId')) throw noResult();
    return invite;
  };
  app.get(base, { schema: { summary: 'Invitations to a service' } }, async (request, reply) => {
    const service = await serviceOf(ctx, idOf(request, 'serviceId'));
    return answerJson(reply, 200, { data: (await listInvites(kysely, service.id)).map(presentInvite) });
  });
  app.post(base, { schema: { summary: 'Invite somebody to a service' } }, async (request, reply) => {
    const service = await serviceOf(ctx, idOf(request, 'serviceId'));
    const fields = readFields(readBody(request), {
      email_address: { kind: 'text', required: true, check: emailFault },
      from_user: { kind: 'uuid', required: true },
      permissions: { kind: 'text', required: true, check: permissionsFault },
      auth_type: { kind: 'text', oneOf: AUTH_TYPES },
      folder_permissions: { kind: 'uuids' },
      invite_link_host: { kind: 'text', nullable: true },
    });
    const inviter = await findUser(kysely, fields.from_user);
    if (!inviter) throw noResult();
    const id = await inviteToService(ctx, service, {
      emailAddress: normaliseEmailAddress(fields.email_address) ?? fields.email_address,
      permissions: splitPermissions(fields.permissions),
      authType: fields.auth_type ?? 'sms_auth',
      folderIds: fields.folder_permissions ?? [],
      linkHost: fields.invite_link_host ?? undefined,
      inviter,
      correlationId: request.id,
    });
    const invite = await findInvite(kysely, id);
    if (!invite) throw noResult();
    return answerJson(reply, 201, { data: presentInvite(invite) });
  });
  app.get(`${base}/:id`, { schema: { summary: 'One invitation' } }, async (request, reply) =>
    answerJson(reply, 200, { data: presentInvite(await inviteOf(request)) }),
  );
  app.post(`${base}/:id`, { schema: { summary: 'Change an invitation' } }, async (request, reply) => {
    const invite = await inviteOf(request);
    const { status, auth_type: authType } = readFields(readBody(request), {
      status: { kind: 'text', oneOf: STATUSES },
      auth_type: { kind: 'text', oneOf: AUTH_TYPES },
    });
    await updateInvite(kysely, invite.id, { status, authType });
    return answerJson(reply, 200, { data: presentInvite(await inviteOf(request)) });
  });
  for (const path of ['/invite/service/check/:token', '/invite/service/:token']) {
    app.get(path, { schema: { summary: 'The invitation of a link or an id' } }, async (request, reply) => {
      const invite = await findInvite(kysely, inviteIdOf(ctx, request));
      if (!invite) throw noResult();
      return answerJson(reply, 200, { data: presentInvite(invite) });
    });
  }
}

function registerOrganisationInvites(app: FastifyInstance, ctx: NotifyContext): void {
  const { kysely } = ctx.db;
  const base = '/organisation/:organisationId/invite';
  const inviteOf = async (request: FastifyRequest): Promise<OrganisationInviteRow> => {
    const invite = await findOrganisationInvite(kysely, idOf(request, 'id'));
    if (!invite || invite.organisation_id !== idOf(request, 'organisationId')) throw noResult();
    return invite;
  };
  app.get(base, { schema: { summary: 'Invitations to an organisation' } }, async (request, reply) => {
    const invites = await listOrganisationInvites(kysely, idOf(request, 'organisationId'));
    return answerJson(reply, 200, { data: invites.map(presentOrganisationInvite) });
  });
  app.post(base, { schema: { summary: 'Invite somebody to an organisation' } }, async (request, reply) => {
    const organisation = await findOrganisation(kysely, idOf(request, 'organisationId'));
    if (!organisation) throw noResult();
    const fields = readFields(readBody(request), {
      email_address: { kind: 'text', required: true, check: emailFault },
      invited_by: { kind: 'uuid', required: true },
      permissions: { kind: 'texts' },
      invite_link_host: { kind: 'text', nullable: true },
    });
    const inviter = await findUser(kysely, fields.invited_by);
    if (!inviter) throw noResult();
    const permissions = fields.permissions ?? [];
    if (permissions.some((name) => name !== 'can_make_services_live')) {
      throw refusal(400, { permissions: ['Not a valid choice.'] });
    }
    const id = await inviteToOrganisation(ctx, organisation, {
      emailAddress: normaliseEmailAddress(fields.email_address) ?? fields.email_address,
      permissions,
      linkHost: fields.invite_link_host ?? undefined,
      inviter,
      correlationId: request.id,
    });
    const invite = await findOrganisationInvite(kysely, id);
    if (!invite) throw noResult();
    return answerJson(reply, 201, { data: presentOrganisationInvite(invite) });
  });
  app.get(`${base}/:id`, { schema: { summary: 'One invitation' } }, async (request, reply) =>
    answerJson(reply, 200, { data: presentOrganisationInvite(await inviteOf(request)) }),
  );
  app.post(`${base}/:id`, { schema: { summary: 'Change an invitation' } }, async (request, reply) => {
    const invite = await inviteOf(request);
    const { status } = readFields(readBody(request), {
      status: { kind: 'text', required: true, oneOf: STATUSES },
    });
    await setOrganisationInviteStatus(kysely, invite.id, status);
    return answerJson(reply, 200, { data: presentOrganisationInvite(await inviteOf(request)) });
  });
  for (const path of ['/invite/organisation/check/:token', '/invite/organisation/:token']) {
    app.get(path, { schema: { summary: 'The invitation of a link or an id' } }, async (request, reply) => {
      const invite = await findOrganisationInvite(kysely, inviteIdOf(ctx, request));
      if (!invite) throw noResult();
      return answerJson(reply, 200, { data: presentOrganisationInvite(invite) });
    });
  }
}

/** An id stands for itself, where nothing is checked; anything else is the token of a link. */
function inviteIdOf(ctx: NotifyContext, request: FastifyRequest): string {
  const { token } = request.params as { token: string };
  const id = readUuid(token);
  if (id !== undefined) return id;
  const opened = openInviteToken(ctx, token);
  if ('id' in opened) return opened.id;
  throw refusal(400, { invitation: opened.problem === 'expired' ? EXPIRED : DAMAGED });
}

function splitPermissions(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function permissionsFault(text: string): string | undefined {
  const known: readonly string[] = USER_PERMISSIONS;
  return splitPermissions(text).every((name) => known.includes(name)) ? undefined : 'Not a valid choice.';
}

function presentInvite(invite: InviteRow) {
  return {
    id: invite.id,
    service: invite.service_id,
    from_user: invite.from_user_id,
    email_address: invite.email_address,
    created_at: timestamp(invite.created_at),
    status: invite.status,
    permissions: invite.permissions,
    auth_type: invite.auth_type,
    folder_permissions: invite.folder_permissions,
  };
}

function presentOrganisationInvite(invite: OrganisationInviteRow) {
  return {
    id: invite.id,
    email_address: invite.email_address,
    invited_by: invite.invited_by_id,
    organisation: invite.organisation_id,
    created_at: timestamp(invite.created_at),
    permissions: invite.permissions,
    status: invite.status,
  };
}
