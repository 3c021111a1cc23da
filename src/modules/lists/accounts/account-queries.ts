import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { UserRow } from '../tables.ts';

const USER_COLUMNS = sql`
  id, email, name, email_verified_at, status, roles, locale, currency, created_at, last_sign_in_at
`;

export async function selectUser(handle: Handle, id: string, lock = false): Promise<UserRow | undefined> {
  const { rows } = await sql<UserRow>`
    select ${USER_COLUMNS} from lists.users where id = ${id} and status <> 'erased' ${lock ? sql`for update` : sql``}
  `.execute(handle);
  return rows[0];
}

export async function selectUserByEmail(
  handle: Handle,
  email: string,
  lock = false,
): Promise<UserRow | undefined> {
  const { rows } = await sql<UserRow>`
    select ${USER_COLUMNS} from lists.users where email = ${email} ${lock ? sql`for update` : sql``}
  `.execute(handle);
  return rows[0];
}

export interface NewUser {
  id: string;
  email: string;
  name: string | null;
  isVerified: boolean;
  roles?: string[];
  locale?: string | undefined;
  now: Date;
}

/** False when an account with this address, or with Google's other domain, was first. */
export async function insertUser(handle: Handle, user: NewUser): Promise<boolean> {
  const result = await sql`
    insert into lists.users (id, email, name, email_verified_at, status, roles, locale, created_at)
    values (${user.id}, ${user.email}, ${user.name}, ${user.isVerified ? user.now : null},
      ${user.isVerified ? 'active' : 'unconfirmed'}, ${user.roles ?? []}::text[], ${user.locale ?? null}, ${user.now})
    on conflict do nothing
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n) === 1;
}

export async function updateUser(
  handle: Handle,
  id: string,
  change: Partial<Pick<UserRow, 'name' | 'email' | 'status' | 'roles' | 'locale' | 'currency'>>,
): Promise<void> {
  if (Object.keys(change).length === 0) return;
  await handle.updateTable('lists.users').set(change).where('id', '=', id).execute();
}

/** True when the address was not proved before. */
export async function markVerified(handle: Handle, id: string, now: Date): Promise<boolean> {
  const result = await sql`
    update lists.users set email_verified_at = ${now}, status = 'active'
    where id = ${id} and status in ('unconfirmed', 'active') and (email_verified_at is null or status <> 'active')
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n) === 1;
}

export async function markSignedIn(handle: Handle, id: string, now: Date): Promise<void> {
  await sql`update lists.users set last_sign_in_at = ${now}, warned_at = null where id = ${id}`.execute(
    handle,
  );
}

export async function selectPasswordHash(handle: Handle, userId: string): Promise<string | undefined> {
  const { rows } = await sql<{ hash: string }>`
    select hash from lists.passwords where user_id = ${userId}
  `.execute(handle);
  return rows[0]?.hash;
}

export async function upsertPassword(handle: Handle, userId: string, hash: string, now: Date): Promise<void> {
  await sql`
    insert into lists.passwords (user_id, hash, set_at) values (${userId}, ${hash}, ${now})
    on conflict (user_id) do update set hash = excluded.hash, set_at = excluded.set_at
  `.execute(handle);
}

export async function deletePassword(handle: Handle, userId: string): Promise<void> {
  await sql`delete from lists.passwords where user_id = ${userId}`.execute(handle);
}

export async function selectIdentity(
  handle: Handle,
  provider: string,
  subject: string,
): Promise<string | undefined> {
  const { rows } = await sql<{ user_id: string }>`
    select user_id from lists.identities where provider = ${provider} and subject = ${subject}
  `.execute(handle);
  return rows[0]?.user_id;
}

export async function selectIdentitiesOf(
  handle: Handle,
  userId: string,
): Promise<{ provider: string; email_at_link: string | null; linked_at: Date }[]> {
  const { rows } = await sql<{ provider: string; email_at_link: string | null; linked_at: Date }>`
    select provider, email_at_link, linked_at from lists.identities where user_id = ${userId} order by provider
  `.execute(handle);
  return rows;
}

export async function insertIdentity(
  handle: Handle,
  identity: { provider: string; subject: string; userId: string; email: string | null; now: Date },
): Promise<void> {
  await sql`
    insert into lists.identities (provider, subject, user_id, email_at_link, linked_at)
    values (${identity.provider}, ${identity.subject}, ${identity.userId}, ${identity.email}, ${identity.now})
    on conflict (provider, subject) do nothing
  `.execute(handle);
}

export async function deleteIdentity(handle: Handle, userId: string, provider: string): Promise<boolean> {
  const result = await sql`
    delete from lists.identities where user_id = ${userId} and provider = ${provider}
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n) > 0;
}

/** Counts a try for `key` and says whether it may go on: after `free` failures each further one waits longer. */
export async function admitSignIn(handle: Handle, key: string, free: number, now: Date): Promise<boolean> {
  const { rows } = await sql`
    insert into lists.sign_in_failures as f (key, failures, last_failed_at) values (${key}, 1, ${now})
    on conflict (key) do update set
      failures = case when f.last_failed_at < ${now}::timestamptz - interval '1 day' then 1 else f.failures + 1 end,
      last_failed_at = ${now}
    where f.failures < ${free}
      or f.last_failed_at + least(power(2, f.failures - ${free}), 900) * interval '1 second' <= ${now}
    returning failures
  `.execute(handle);
  return rows.length > 0;
}

export async function forgetFailures(handle: Handle, keys: string[]): Promise<void> {
  await sql`delete from lists.sign_in_failures where key = any(${keys}::text[])`.execute(handle);
}

export async function deleteOldFailures(handle: Handle, before: Date): Promise<void> {
  await sql`delete from lists.sign_in_failures where last_failed_at < ${before}`.execute(handle);
}
