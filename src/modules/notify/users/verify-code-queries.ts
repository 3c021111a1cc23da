import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export type CodeType = 'sms' | 'email';

export interface VerifyCodeRow {
  id: string;
  code_used: boolean;
  expires_at: Date;
}

/** Codes that could still be used. */
export async function countOpenCodes(handle: Handle, userId: string, now: Date): Promise<number> {
  const { rows } = await sql<{ codes: number }>`
    select count(*)::int as codes from notify.verify_codes
    where user_id = ${userId} and not code_used and expires_at > ${now}`.execute(handle);
  return rows[0]?.codes ?? 0;
}

/** Also forgets the person's codes of more than a day ago. */
export async function insertCode(
  handle: Handle,
  code: { id: string; userId: string; type: CodeType; hash: Buffer; expiresAt: Date; now: Date },
): Promise<void> {
  await sql`
    delete from notify.verify_codes
    where user_id = ${code.userId} and created_at < ${code.now}::timestamptz - interval '24 hours'`.execute(
    handle,
  );
  await sql`
    insert into notify.verify_codes (id, user_id, code_type, code_hash, expires_at, created_at)
    values (${code.id}, ${code.userId}, ${code.type}, ${code.hash}, ${code.expiresAt}, ${code.now})`.execute(
    handle,
  );
}

/** The newest code of the person with this hash. */
export async function findCode(
  handle: Handle,
  code: { userId: string; type: CodeType; hash: Buffer },
): Promise<VerifyCodeRow | undefined> {
  const { rows } = await sql<VerifyCodeRow>`
    select id, code_used, expires_at from notify.verify_codes
    where user_id = ${code.userId} and code_type = ${code.type} and code_hash = ${code.hash}
    order by created_at desc, id desc limit 1`.execute(handle);
  return rows[0];
}

export async function useCode(handle: Handle, id: string): Promise<void> {
  await sql`update notify.verify_codes set code_used = true where id = ${id}`.execute(handle);
}
