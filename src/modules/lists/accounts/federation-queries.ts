import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface FederationAttempt {
  provider: string;
  code_verifier: string;
  nonce: string;
  return_to: string;
  link_user_id: string | null;
}

export async function insertAttempt(
  handle: Handle,
  attempt: FederationAttempt & { stateHash: Buffer; now: Date },
): Promise<void> {
  await sql`
    insert into lists.federation_attempts
      (state_hash, provider, code_verifier, nonce, return_to, link_user_id, created_at)
    values (${attempt.stateHash}, ${attempt.provider}, ${attempt.code_verifier}, ${attempt.nonce},
      ${attempt.return_to}, ${attempt.link_user_id}, ${attempt.now})
  `.execute(handle);
}

/** Gives an attempt out once. */
export async function takeAttempt(
  handle: Handle,
  stateHash: Buffer,
  since: Date,
): Promise<FederationAttempt | undefined> {
  const { rows } = await sql<FederationAttempt>`
    delete from lists.federation_attempts where state_hash = ${stateHash} and created_at > ${since}
    returning provider, code_verifier, nonce, return_to, link_user_id
  `.execute(handle);
  return rows[0];
}

export async function deleteOldAttempts(handle: Handle, before: Date): Promise<void> {
  await sql`delete from lists.federation_attempts where created_at < ${before}`.execute(handle);
}
