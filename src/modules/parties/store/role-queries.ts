import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import { type Action, type Grant, tableOf } from '../policies/policies.ts';

export async function roleExists(handle: Handle, role: string): Promise<boolean> {
  const result = await sql`select from pg_roles where rolname = ${role}`.execute(handle);
  return result.rows.length > 0;
}

export async function createRole(handle: Handle, role: string): Promise<void> {
  await sql`create role ${sql.id(role)} nologin`.execute(handle);
}

/** Whether the user of this connection may become the role. Superusers may. */
export async function isMember(handle: Handle, role: string): Promise<boolean> {
  const result = await sql<{ member: boolean }>`
    select pg_has_role(current_user, ${role}, 'member') as member
  `.execute(handle);
  return result.rows[0]?.member ?? false;
}

export async function grantMembership(handle: Handle, role: string): Promise<void> {
  await sql`grant ${sql.id(role)} to current_user`.execute(handle);
}

/** Makes the role be able to do exactly what the grants say. */
export async function setGrants(handle: Handle, role: string, grants: Grant[]): Promise<void> {
  const name = sql.id(role);
  await sql`revoke all on all tables in schema parties from ${name}`.execute(handle);
  await sql`grant usage on schema parties, platform to ${name}`.execute(handle);
  for (const { resource, action } of grants) {
    await sql`grant ${PRIVILEGES[action]} on ${sql.table(tableOf(resource))} to ${name}`.execute(handle);
  }
}

// FOR SHARE and FOR UPDATE ask for the right to update some column; this one's value is never used before deletion.
const PRIVILEGES: Record<Action, RawBuilder<unknown>> = {
  select: sql`select`,
  insert: sql`insert`,
  update: sql`update`,
  delete: sql`delete`,
  lock: sql`update (updated_on)`,
};
