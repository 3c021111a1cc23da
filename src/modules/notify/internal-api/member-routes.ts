import type { FastifyPluginAsync } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { readGuestList } from '../recipients/allowed-recipients.ts';
import { answerJson } from '../routes/answers.ts';
import { listGuests, replaceGuests } from '../services/apply-queries.ts';
import { mayChangeMember } from '../team/enough-managers.ts';
import {
  deleteMember,
  insertMember,
  isMember,
  replaceFolderPermissions,
  replacePermissions,
  USER_PERMISSIONS,
} from '../team/member-queries.ts';
import { listTeam } from '../users/user-queries.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { presentService } from './present-service.ts';
import { presentUser } from './present-user.ts';
import { idOf, userOf } from './requests.ts';
import { serviceOf } from './service-routes.ts';

/** Teams, their permissions and the guest list: internals section 3.4.3. */
export function memberRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  return async (app) => {
    app.get('/service/:serviceId/users', { schema: { summary: 'The team' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      return answerJson(reply, 200, { data: (await listTeam(kysely, service.id)).map(presentUser) });
    });
    app.post(
      '/service/:serviceId/users/:userId',
      { schema: { summary: 'Add a member' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const user = await userOf(ctx, request);
        const body = readBody(request);
        const permissions = readPermissions(body, USER_PERMISSIONS);
        const folders = readFolders(body) ?? [];
        const member = { serviceId: service.id, userId: user.id };
        await kysely.transaction().execute(async (trx) => {
          if (!(await insertMember(trx, service.id, user.id))) {
            throw refusal(400, `User id: ${user.id} already part of service id: ${service.id}`);
          }
          await replacePermissions(trx, member, permissions);
          await replaceFolderPermissions(trx, member, folders);
        });
        ctx.services.clear();
        return answerJson(reply, 201, { data: presentService(await serviceOf(ctx, service.id)) });
      },
    );
    app.delete(
      '/service/:serviceId/users/:userId',
      { schema: { summary: 'Remove a member' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const userId = idOf(request, 'userId');
        await kysely.transaction().execute(async (trx) => {
          if (!(await isMember(trx, service.id, userId))) throw refusal(404, 'User not found');
          if (!(await mayChangeMember(trx, service.id, userId, undefined))) {
            throw refusal(400, 'User cannot be removed from the service');
          }
          await deleteMember(trx, service.id, userId);
        });
        ctx.services.clear();
        return reply.code(204).send();
      },
    );
    app.post(
      '/user/:userId/service/:serviceId/permission',
      { schema: { summary: 'Replace the permissions of a member' } },
      async (request, reply) => {
        const body = readBody(request);
        const member = { serviceId: idOf(request, 'serviceId'), userId: idOf(request, 'userId') };
        await replaceRights(member, readPermissions(body, USER_PERMISSIONS), readFolders(body));
        return reply.code(204).send();
      },
    );
    app.get(
      '/service/:serviceId/guest-list',
      { schema: { summary: 'The guest list' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const guests = await listGuests(kysely, service.id);
        const of = (type: string) =>
          guests.filter((guest) => guest.recipient_type === type).map((guest) => guest.recipient);
        return answerJson(reply, 200, { email_addresses: of('email'), phone_numbers: of('mobile') });
      },
    );
    app.put(
      '/service/:serviceId/guest-list',
      { schema: { summary: 'Replace the guest list' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const fields = readFields(readBody(request), {
          email_addresses: { kind: 'texts', required: true },
          phone_numbers: { kind: 'texts', required: true },
        });
        const entries = [...fields.email_addresses, ...fields.phone_numbers].filter((entry) => entry.trim());
        const read = readGuestList(entries);
        if ('message' in read) throw refusal(400, read.message);
        const guests = read.map(({ type, recipient }) => ({ recipient_type: type, recipient }));
        await kysely.transaction().execute((trx) => replaceGuests(trx, service.id, guests));
        ctx.services.clear();
        return reply.code(204).send();
      },
    );
  };

  async function replaceRights(
    member: { serviceId: string; userId: string },
    permissions: readonly string[],
    folders: readonly string[] | undefined,
  ): Promise<void> {
    await kysely.transaction().execute(async (trx) => {
      if (!(await isMember(trx, member.serviceId, member.userId))) throw noResult();
      if (!(await mayChangeMember(trx, member.serviceId, member.userId, permissions))) {
        throw refusal(
          400,
          'Cannot change user permissions - service would have too few users with manage_settings',
        );
      }
      await replacePermissions(trx, member, permissions);
      if (folders === undefined) return;
      const granted = await replaceFolderPermissions(trx, member, folders);
      if (granted < new Set(folders).size) throw noResult();
    });
  }
}

/** `permissions: [{permission}]` as a list of names. */
export function readPermissions(body: Record<string, unknown>, known: readonly string[]): string[] {
  const { permissions } = body;
  if (!Array.isArray(permissions)) {
    throw refusal(400, { permissions: ['Missing data for required field.'] });
  }
  const names = permissions.map((entry: unknown) =>
    typeof entry === 'object' && entry !== null && 'permission' in entry ? entry.permission : entry,
  );
  const unknown = names.find((name) => typeof name !== 'string' || !known.includes(name));
  if (unknown !== undefined) throw refusal(400, { permissions: ['Not a valid choice.'] });
  return [...new Set(names as string[])];
}

function readFolders(body: Record<string, unknown>): string[] | undefined {
  return readFields(body, { folder_permissions: { kind: 'uuids' } }).folder_permissions;
}
