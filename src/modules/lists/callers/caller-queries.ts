import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { UserRow } from '../tables.ts';

type CallerRow = Pick<UserRow, 'id' | 'email' | 'name' | 'roles' | 'status' | 'locale' | 'currency'>;

export interface SessionCaller extends CallerRow {
  kind: 'cookie' | 'token';
  expires_at: Date;
}

export async function selectSession(
  handle: Handle,
  tokenHash: Buffer,
  now: Date,
): Promise<SessionCaller | undefined> {
  const { rows } = await sql<SessionCaller>`
    select u.id, u.email, u.name, u.roles, u.status, u.locale, u.currency, s.kind, s.expires_at
    from lists.sessions s join lists.users u on u.id = s.user_id
    where s.token_hash = ${tokenHash} and s.expires_at > ${now} and u.status = 'active'
  `.execute(handle);
  return rows[0];
}

export async function insertSession(
  handle: Handle,
  session: { tokenHash: Buffer; userId: string; kind: 'cookie' | 'token'; now: Date; expiresAt: Date },
): Promise<void> {
  await sql`
    insert into lists.sessions (token_hash, user_id, kind, created_at, expires_at)
    values (${session.tokenHash}, ${session.userId}, ${session.kind}, ${session.now}, ${session.expiresAt})
  `.execute(handle);
}

export async function prolongSession(handle: Handle, tokenHash: Buffer, expiresAt: Date): Promise<void> {
  await sql`update lists.sessions set expires_at = ${expiresAt} where token_hash = ${tokenHash}`.execute(
    handle,
  );
}

export async function deleteSession(handle: Handle, tokenHash: Buffer): Promise<void> {
  await sql`delete from lists.sessions where token_hash = ${tokenHash}`.execute(handle);
}

/** All sessions of a user, except the one given. */
export async function deleteSessionsOf(handle: Handle, userId: string, except?: Buffer): Promise<void> {
  await sql`
    delete from lists.sessions where user_id = ${userId} and token_hash is distinct from ${except ?? null}
  `.execute(handle);
}

export async function deleteEndedSessions(handle: Handle, before: Date): Promise<number> {
  const result = await sql`delete from lists.sessions where expires_at < ${before}`.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}

export interface ApiClientRow {
  secret_encrypted: Buffer;
  user_id: string;
  /** Null where the key names a user the application has no row for. */
  id: string | null;
  email: string | null;
  name: string | null;
  roles: string[] | null;
}

export async function selectApiClient(handle: Handle, accessKey: string): Promise<ApiClientRow | undefined> {
  const { rows } = await sql<ApiClientRow>`
    select c.secret_encrypted, c.user_id, u.id, u.email, u.name, u.roles
    from lists.api_clients c left join lists.users u on u.id = c.user_id
      and u.status in ('active', 'unconfirmed')
    where c.access_key = ${accessKey} and c.disabled_at is null
  `.execute(handle);
  return rows[0];
}

export async function upsertApiClient(
  handle: Handle,
  client: { accessKey: string; secret: Buffer; userId: string },
): Promise<void> {
  await sql`
    insert into lists.api_clients (access_key, secret_encrypted, user_id)
    values (${client.accessKey}, ${client.secret}, ${client.userId})
    on conflict (access_key) do update
      set secret_encrypted = excluded.secret_encrypted, user_id = excluded.user_id, disabled_at = null
  `.execute(handle);
}
