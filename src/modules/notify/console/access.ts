import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '#platform/auth';
import { HttpError } from '#platform/http';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { findServiceRecord, type ServiceRecord } from '../service-settings/service-record-queries.ts';
import { findUserByEmail, insertUser, type UserRow } from '../users/user-queries.ts';

export const PATH = '/pages/notify';

export function servicePath(service: { id: string }, rest = ''): string {
  return `${PATH}/services/${service.id}${rest}`;
}

/** The id in a page's path; 404 for what is none. */
export function idIn(request: FastifyRequest, name: string): string {
  const id = readUuid((request.params as Record<string, string | undefined>)[name]);
  if (id === undefined) throw new HttpError(404, 'not_found', 'There is no such page');
  return id;
}

/** The service of a page. */
export async function serviceIn(ctx: NotifyContext, request: FastifyRequest): Promise<ServiceRecord> {
  const service = await findServiceRecord(ctx.db.kysely, idIn(request, 'serviceId'));
  if (!service) throw new HttpError(404, 'not_found', 'There is no service with this id');
  return service;
}

/** Operators act under their own name: each gets a user of Notify with their address, which nobody can sign in as. */
export async function userOfActor(ctx: NotifyContext, actor: Actor): Promise<UserRow> {
  const known = await findUserByEmail(ctx.db.kysely, actor.name);
  if (known) return known;
  const user = {
    id: randomUUID(),
    name: actor.name,
    email_address: actor.name,
    mobile_number: null,
    auth_type: 'email_auth',
    password_hash: null,
    state: 'active',
  };
  await insertUser(ctx.db.kysely, user, ctx.clock.now());
  const created = await findUserByEmail(ctx.db.kysely, actor.name);
  if (!created) throw new Error('The user of an operator was made and is gone');
  return created;
}

/** What an operator did to a service, for the audit log. */
export async function audit(
  ctx: NotifyContext,
  actor: Actor,
  entry: { action: string; target: string; details?: object },
): Promise<void> {
  await ctx.audit(ctx.db.kysely, { actor, ...entry });
}
