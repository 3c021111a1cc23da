import type { FastifyInstance, FastifyReply } from 'fastify';
import type { FieldError, FormFields, PageTools } from '#platform/console';
import { HttpError } from '#platform/http';
import type { NotifyContext } from '../context.ts';
import { readGuestList } from '../recipients/allowed-recipients.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import type { ServiceRecord } from '../service-settings/service-record-queries.ts';
import { listGuests, replaceGuests } from '../services/apply-queries.ts';
import { mayChangeMember } from '../team/enough-managers.ts';
import { listInvites, updateInvite } from '../team/invite-queries.ts';
import { inviteToService } from '../team/invites.ts';
import { deleteMember, isMember, replacePermissions, USER_PERMISSIONS } from '../team/member-queries.ts';
import { findUser, listTeam, type UserRow } from '../users/user-queries.ts';
import { audit, idIn, serviceIn, servicePath, userOfActor } from './access.ts';
import { RIGHTS, rightsOf } from './rights.ts';

const views = {
  team: new URL('./team.njk', import.meta.url),
  member: new URL('./member.njk', import.meta.url),
};

/** Who works on a service, who is invited, and who gets its messages in trial mode. */
export function registerTeamPages(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  const { kysely } = ctx.db;
  const show = async (
    reply: FastifyReply,
    service: ServiceRecord,
    form?: FormFields,
    errors: FieldError[] = [],
  ) => {
    const team = await listTeam(kysely, service.id);
    const guests = await listGuests(kysely, service.id);
    const data = {
      title: `Team – ${service.name}`,
      service,
      rights: RIGHTS,
      members: team.map((user) => ({ ...user, rights: rightsOf(user, service.id).map(({ text }) => text) })),
      invites: (await listInvites(kysely, service.id)).filter(({ status }) => status === 'pending'),
      form: { guests: guests.map(({ recipient }) => recipient).join('\n'), ...form?.values },
      chosen: form?.list('rights') ?? [],
    };
    return errors.length > 0
      ? page.renderInvalid(reply, views.team, data, errors)
      : page.render(reply, views.team, data);
  };
  app.get('/services/:serviceId/team', async (request, reply) => show(reply, await serviceIn(ctx, request)));

  app.post(
    '/services/:serviceId/invites',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const form = page.readForm(request);
      const emailAddress = normaliseEmailAddress(form.text('email'));
      if (emailAddress === undefined) {
        return show(reply, service, form, [{ field: 'email', message: 'Enter an email address' }]);
      }
      const actor = page.actor(request);
      await inviteToService(ctx, service, {
        emailAddress,
        permissions: permissionsOf(form.list('rights')),
        authType: 'sms_auth',
        folderIds: [],
        linkHost: undefined,
        inviter: await userOfActor(ctx, actor),
        correlationId: request.id,
      });
      await audit(ctx, actor, { action: 'notify_member.invited', target: `notify_service:${service.id}` });
      return page.redirect(reply, servicePath(service, '/team'), 'The invitation is on its way');
    },
  );

  app.post(
    '/services/:serviceId/invites/:inviteId/cancel',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const invites = await listInvites(kysely, service.id);
      const invite = invites.find(
        ({ id, status }) => id === idIn(request, 'inviteId') && status === 'pending',
      );
      if (invite) await updateInvite(kysely, invite.id, { status: 'cancelled', authType: undefined });
      return page.redirect(reply, servicePath(service, '/team'), 'The invitation is withdrawn');
    },
  );

  app.post(
    '/services/:serviceId/guest-list',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const form = page.readForm(request);
      const entries = form
        .raw('guests')
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== '');
      const read = readGuestList(entries);
      if ('message' in read) return show(reply, service, form, [{ field: 'guests', message: read.message }]);
      const guests = read.map(({ type, recipient }) => ({ recipient_type: type, recipient }));
      await kysely.transaction().execute((trx) => replaceGuests(trx, service.id, guests));
      ctx.services.clear();
      await audit(ctx, page.actor(request), {
        action: 'notify_guest_list.replaced',
        target: `notify_service:${service.id}`,
      });
      return page.redirect(reply, servicePath(service, '/team'), 'The guest list is saved');
    },
  );

  const memberPage = async (
    reply: FastifyReply,
    service: ServiceRecord,
    user: UserRow,
    chosen: string[],
    errors: FieldError[] = [],
  ) => {
    const data = { title: `${user.name} – ${service.name}`, service, user, rights: RIGHTS, chosen };
    return errors.length > 0
      ? page.renderInvalid(reply, views.member, data, errors)
      : page.render(reply, views.member, data);
  };
  const memberIn = async (request: Parameters<typeof serviceIn>[1]) => {
    const service = await serviceIn(ctx, request);
    const user = await findUser(kysely, idIn(request, 'userId'));
    if (!user || !(await isMember(kysely, service.id, user.id))) {
      throw new HttpError(404, 'not_found', 'Nobody with this id is in the team');
    }
    return { service, user };
  };
  app.get('/services/:serviceId/team/:userId', async (request, reply) => {
    const { service, user } = await memberIn(request);
    const chosen = rightsOf(user, service.id).map(({ value }) => value);
    return memberPage(reply, service, user, chosen);
  });

  app.post(
    '/services/:serviceId/team/:userId',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const { service, user } = await memberIn(request);
      const form = page.readForm(request);
      const isLeaving = form.text('do') === 'remove';
      const permissions = isLeaving ? undefined : permissionsOf(form.list('rights'));
      const isDone = await kysely.transaction().execute(async (trx) => {
        if (!(await mayChangeMember(trx, service.id, user.id, permissions))) return false;
        if (permissions === undefined) await deleteMember(trx, service.id, user.id);
        else await replacePermissions(trx, { serviceId: service.id, userId: user.id }, permissions);
        return true;
      });
      if (!isDone) {
        const message = 'The service would be left with too few people who manage it';
        return memberPage(reply, service, user, form.list('rights'), [{ field: 'rights', message }]);
      }
      ctx.services.clear();
      await audit(ctx, page.actor(request), {
        action: isLeaving ? 'notify_member.removed' : 'notify_member.changed',
        target: `notify_service:${service.id}`,
        details: { userId: user.id },
      });
      return page.redirect(
        reply,
        servicePath(service, '/team'),
        isLeaving ? 'They have left the team' : 'Saved',
      );
    },
  );
}

function permissionsOf(rights: readonly string[]): string[] {
  const wanted = RIGHTS.filter(({ value }) => rights.includes(value)).flatMap(
    ({ of }) => [...of] as string[],
  );
  return USER_PERMISSIONS.filter((permission) => wanted.includes(permission));
}
