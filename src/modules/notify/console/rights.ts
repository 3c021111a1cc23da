// What members of a service may do on its pages: internals section 7.3. They sign in as viewers of the console, which
// shows no recipients and changes nothing; in the services they belong to, their rights there come on top.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { PageTools } from '#platform/console';
import { HttpError } from '#platform/http';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { findUserByEmail, type UserRow } from '../users/user-queries.ts';

/** Rights as people choose them, and the stored permissions each stands for; a part of those gives none. */
export const RIGHTS = [
  { value: 'send_messages', text: 'Send messages', of: ['send_texts', 'send_emails', 'send_letters'] },
  { value: 'manage_templates', text: 'Edit templates and folders', of: ['manage_templates'] },
  {
    value: 'manage_service',
    text: 'Manage settings, team and usage',
    of: ['manage_users', 'manage_settings'],
  },
  { value: 'manage_api_keys', text: 'Manage API keys and callbacks', of: ['manage_api_keys'] },
  { value: 'view_activity', text: 'See messages and figures', of: ['view_activity'] },
] as const;
export type Right = (typeof RIGHTS)[number]['value'];

export function rightsOf(user: UserRow, serviceId: string) {
  const held = user.permissions[serviceId] ?? [];
  return RIGHTS.filter((right) => right.of.every((permission) => held.includes(permission)));
}

/** Whoever asks for a page. */
interface Standing {
  isOperator: boolean;
  isAdmin: boolean;
  /** In the service of the page. */
  rights: ReadonlySet<Right>;
}

const NAME = 'notifyStanding';

/** Looks once a request who asks; the pages of this plugin may then use `forMembersWith`. */
export function registerStanding(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  app.decorateRequest(NAME, null);
  const has = async (request: FastifyRequest, reply: FastifyReply, role: 'operator' | 'admin') => {
    try {
      await page.requireRole(role).call(app, request, reply);
      return true;
    } catch (error) {
      if (error instanceof HttpError && error.status === 403) return false;
      throw error;
    }
  };
  app.addHook('preHandler', async (request, reply) => {
    const isOperator = await has(request, reply, 'operator');
    const isAdmin = await has(request, reply, 'admin');
    const rights = isOperator ? new Set<Right>() : await rightsIn(ctx, page, request);
    request.setDecorator(NAME, { isOperator, isAdmin, rights } satisfies Standing);
  });
}

async function rightsIn(
  ctx: NotifyContext,
  page: PageTools,
  request: FastifyRequest,
): Promise<ReadonlySet<Right>> {
  const serviceId = readUuid((request.params as Record<string, string | undefined>).serviceId);
  if (serviceId === undefined) return new Set();
  const user = await findUserByEmail(ctx.db.kysely, page.actor(request).name);
  if (user?.state !== 'active' || !user.services.includes(serviceId)) return new Set();
  return new Set(rightsOf(user, serviceId).map(({ value }) => value));
}

/** Page tools for pages of a service where members with a right may do what operators may. */
export function forMembersWith(page: PageTools, right: Right): PageTools {
  const standing = (request: FastifyRequest) => request.getDecorator<Standing>(NAME);
  const withMay = <T extends object>(request: FastifyRequest, data: T) => {
    const { isOperator, isAdmin, rights } = standing(request);
    const may = (role: string) =>
      role === 'viewer' || (role === 'operator' ? isOperator || rights.has(right) : isAdmin);
    return { ...data, may };
  };
  return {
    ...page,
    render: (reply, view, data) => page.render(reply, view, withMay(reply.request, data)),
    renderFragment: (reply, view, data) => page.renderFragment(reply, view, withMay(reply.request, data)),
    renderInvalid: (reply, view, data, errors) =>
      page.renderInvalid(reply, view, withMay(reply.request, data), errors),
    requireRole: (role) => {
      const needsRole = page.requireRole(role);
      if (role !== 'operator') return needsRole;
      return async function needsRight(request, reply) {
        if (!standing(request).rights.has(right)) await needsRole.call(this, request, reply);
      };
    },
  };
}
