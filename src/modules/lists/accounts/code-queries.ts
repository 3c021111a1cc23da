import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export type CodePurpose = 'confirm' | 'reset' | 'change_email';

export async function insertCode(
  handle: Handle,
  code: {
    id: string;
    userId: string;
    email: string;
    purpose: CodePurpose;
    hash: Buffer;
    now: Date;
    expiresAt: Date;
  },
): Promise<void> {
  await sql`
    with voided as (
      update lists.auth_codes set used_at = ${code.now}
      where user_id = ${code.userId} and purpose = ${code.purpose} and used_at is null
    )
    insert into lists.auth_codes (id, user_id, email, purpose, code_hash, sent_at, expires_at)
    values (${code.id}, ${code.userId}, ${code.email}, ${code.purpose}, ${code.hash}, ${code.now}, ${code.expiresAt})
  `.execute(handle);
}

/** When the last code of this purpose was sent to this user. */
export async function selectLastCodeTime(
  handle: Handle,
  userId: string,
  purpose: CodePurpose,
): Promise<Date | undefined> {
  const { rows } = await sql<{ sent_at: Date }>`
    select sent_at from lists.auth_codes where user_id = ${userId} and purpose = ${purpose}
    order by sent_at desc limit 1
  `.execute(handle);
  return rows[0]?.sent_at;
}

export interface TriedCode {
  id: string;
  code_hash: Buffer;
  email: string;
  attempts: number;
  expires_at: Date;
}

/** Counts one try at the code that is valid now. Counted before it is compared, so that parallel tries count too. */
export async function tryCode(
  handle: Handle,
  userId: string,
  purpose: CodePurpose,
): Promise<TriedCode | undefined> {
  const { rows } = await sql<TriedCode>`
    update lists.auth_codes set attempts = attempts + 1
    where id = (
      select id from lists.auth_codes where user_id = ${userId} and purpose = ${purpose} and used_at is null
      order by sent_at desc limit 1
    ) and used_at is null
    returning id, code_hash, email, attempts, expires_at
  `.execute(handle);
  return rows[0];
}

/** True for the one who used it first. */
export async function useCode(handle: Handle, id: string, now: Date): Promise<boolean> {
  const result = await sql`
    update lists.auth_codes set used_at = ${now} where id = ${id}::uuid and used_at is null
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n) === 1;
}

export async function deleteOldCodes(handle: Handle, before: Date): Promise<void> {
  await sql`delete from lists.auth_codes where sent_at < ${before}`.execute(handle);
}
