import type { FastifyRequest } from 'fastify';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { findUser, type UserRow } from '../users/user-queries.ts';
import { noResult } from './fields.ts';

/** The id in a path; 404 for what is none. */
export function idOf(request: FastifyRequest, name: string): string {
  const id = readUuid((request.params as Record<string, string | undefined>)[name]);
  if (id === undefined) throw noResult();
  return id;
}

export async function userOf(ctx: NotifyContext, request: FastifyRequest, name = 'userId'): Promise<UserRow> {
  const user = await findUser(ctx.db.kysely, idOf(request, name));
  if (!user) throw noResult();
  return user;
}

/** One value of the query; undefined where it is missing or empty. */
export function queryText(query: Record<string, string | string[]>, name: string): string | undefined {
  const value = query[name];
  const single = Array.isArray(value) ? value[0] : value;
  return single === undefined || single === '' ? undefined : single;
}

/** What Python's clients write for booleans; anything else is the fallback. */
export function queryFlag(
  query: Record<string, string | string[]>,
  name: string,
  fallback: boolean,
): boolean {
  const value = queryText(query, name)?.toLowerCase();
  if (value === undefined) return fallback;
  return value === 'true' || value === '1';
}
