import type { Handle } from '#platform/db';
import type { AuthTables } from './tables.ts';

export async function insertSession(
  handle: Handle<AuthTables>,
  row: { token_hash: Buffer; operator_id: string; created_at: Date; expires_at: Date; password_due: boolean },
): Promise<void> {
  await handle.insertInto('platform.sessions').values(row).execute();
}

/** The session with its operator; nothing when it ended, expired, or its operator is disabled. */
export async function selectSession(handle: Handle<AuthTables>, tokenHash: Buffer, now: Date) {
  return handle
    .selectFrom('platform.sessions as session')
    .innerJoin('platform.operators as operator', 'operator.id', 'session.operator_id')
    .select(['operator.id', 'operator.email', 'operator.role', 'session.password_due', 'session.expires_at'])
    .where('session.token_hash', '=', tokenHash)
    .where('session.expires_at', '>', now)
    .where('operator.disabled_at', 'is', null)
    .executeTakeFirst();
}

export async function deleteSession(handle: Handle<AuthTables>, tokenHash: Buffer): Promise<boolean> {
  const result = await handle
    .deleteFrom('platform.sessions')
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

export async function deleteSessionsOf(handle: Handle<AuthTables>, operatorId: string): Promise<void> {
  await handle.deleteFrom('platform.sessions').where('operator_id', '=', operatorId).execute();
}

export async function deleteExpiredSessions(handle: Handle<AuthTables>, now: Date): Promise<void> {
  await handle.deleteFrom('platform.sessions').where('expires_at', '<=', now).execute();
}

export async function insertSignInLink(
  handle: Handle<AuthTables>,
  row: { token_hash: Buffer; operator_id: string; created_at: Date; expires_at: Date },
): Promise<void> {
  await handle
    .insertInto('platform.sign_in_links')
    .values({ ...row, used_at: null })
    .execute();
}

/** A new link replaces the ones before it. */
export async function deleteSignInLinksOf(handle: Handle<AuthTables>, operatorId: string): Promise<void> {
  await handle.deleteFrom('platform.sign_in_links').where('operator_id', '=', operatorId).execute();
}

export async function selectUsableLink(handle: Handle<AuthTables>, tokenHash: Buffer, now: Date) {
  return handle
    .selectFrom('platform.sign_in_links as link')
    .innerJoin('platform.operators as operator', 'operator.id', 'link.operator_id')
    .select(['operator.id', 'operator.email'])
    .where('link.token_hash', '=', tokenHash)
    .where('link.used_at', 'is', null)
    .where('link.expires_at', '>', now)
    .where('operator.disabled_at', 'is', null)
    .executeTakeFirst();
}

/** Uses the link up; of several requests at once exactly one gets the operator's id. */
export async function takeSignInLink(
  handle: Handle<AuthTables>,
  tokenHash: Buffer,
  now: Date,
): Promise<string | undefined> {
  const row = await handle
    .updateTable('platform.sign_in_links')
    .set({ used_at: now })
    .where('token_hash', '=', tokenHash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('operator_id')
    .executeTakeFirst();
  return row?.operator_id;
}
