import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface WebauthnCredentialRow {
  id: string;
  user_id: string;
  name: string;
  credential_data: string;
  logged_in_at: Date | null;
  created_at: Date;
  updated_at: Date | null;
}

const COLUMNS = sql.raw('id, user_id, name, credential_data, logged_in_at, created_at, updated_at');

/** Newest first. */
export async function listCredentials(handle: Handle, userId: string): Promise<WebauthnCredentialRow[]> {
  const { rows } = await sql<WebauthnCredentialRow>`
    select ${COLUMNS} from notify.webauthn_credentials where user_id = ${userId}
    order by created_at desc, id`.execute(handle);
  return rows;
}

export async function findCredential(
  handle: Handle,
  userId: string,
  id: string,
): Promise<WebauthnCredentialRow | undefined> {
  const { rows } = await sql<WebauthnCredentialRow>`
    select ${COLUMNS} from notify.webauthn_credentials where id = ${id} and user_id = ${userId}`.execute(
    handle,
  );
  return rows[0];
}

export async function insertCredential(
  handle: Handle,
  credential: {
    id: string;
    userId: string;
    name: string;
    credentialData: string;
    registrationResponse: string;
    now: Date;
  },
): Promise<void> {
  await sql`
    insert into notify.webauthn_credentials (id, user_id, name, credential_data, registration_response, created_at)
    values (${credential.id}, ${credential.userId}, ${credential.name}, ${credential.credentialData},
      ${credential.registrationResponse}, ${credential.now})`.execute(handle);
}

export async function renameCredential(handle: Handle, id: string, name: string, now: Date): Promise<void> {
  await sql`
    update notify.webauthn_credentials set name = ${name}, updated_at = ${now} where id = ${id}`.execute(
    handle,
  );
}

/** False for the last one, which stays: with the person locked, two removals at once leave one. */
export async function deleteCredential(handle: Handle, userId: string, id: string): Promise<boolean> {
  await sql`select 1 from notify.users where id = ${userId} for update`.execute(handle);
  const { numAffectedRows } = await sql`
    delete from notify.webauthn_credentials c
    where c.id = ${id} and c.user_id = ${userId} and exists (
      select 1 from notify.webauthn_credentials o where o.user_id = c.user_id and o.id <> c.id)`.execute(
    handle,
  );
  return numAffectedRows === 1n;
}

/** The key somebody signed in with; false when it is none of theirs. */
export async function noteCredentialUse(
  handle: Handle,
  userId: string,
  id: string,
  now: Date,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.webauthn_credentials set logged_in_at = ${now} where id = ${id} and user_id = ${userId}`.execute(
    handle,
  );
  return numAffectedRows === 1n;
}
