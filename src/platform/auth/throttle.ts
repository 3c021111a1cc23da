import { type Database, typed } from '#platform/db';
import type { AuthTables } from './tables.ts';
import { countAttempt, deleteEndedThrottles, forgetAttempts, giveBackAttempt } from './throttle-queries.ts';
import { hashToken } from './tokens.ts';

/**
 * Every attempt is counted before the password is looked at, in the database, so that neither many requests at once
 * nor several web processes give anyone more guesses. A window is fixed: attempts made while it is full do not
 * lengthen it, so nobody can be kept out for ever.
 */
const WINDOW_MS = 15 * 60_000;
const MOST_PER_ACCOUNT = 10;
const MOST_PER_ADDRESS = 50;

export interface Attempt {
  /** When the next attempt will be looked at; absent while the attempt may go on. */
  retryAt?: Date;
  /** The attempt that filled the window: the one worth an audit entry. */
  isFirstRefused: boolean;
}

export async function admitAttempt(
  db: Database,
  attempt: { email: string; address: string; now: Date },
): Promise<Attempt> {
  const handle = typed<AuthTables>(db);
  const { now } = attempt;
  const windowEndsAt = new Date(now.getTime() + WINDOW_MS);
  const byAddress = await countAttempt(handle, addressKey(attempt.address), now, windowEndsAt);
  if (byAddress.attempts > MOST_PER_ADDRESS) {
    return { retryAt: byAddress.window_ends_at, isFirstRefused: byAddress.attempts === MOST_PER_ADDRESS + 1 };
  }
  const byAccount = await countAttempt(handle, accountKey(attempt.email), now, windowEndsAt);
  if (byAccount.attempts > MOST_PER_ACCOUNT) {
    return { retryAt: byAccount.window_ends_at, isFirstRefused: byAccount.attempts === MOST_PER_ACCOUNT + 1 };
  }
  return { isFirstRefused: false };
}

/** After a right password: the account starts afresh and the address gets its attempt back. */
export async function clearAttempts(
  db: Database,
  attempt: { email: string; address: string; now: Date },
): Promise<void> {
  const handle = typed<AuthTables>(db);
  await forgetAttempts(handle, accountKey(attempt.email));
  await giveBackAttempt(handle, addressKey(attempt.address));
  await deleteEndedThrottles(handle, attempt.now);
}

function accountKey(email: string): string {
  // Hashed: what was typed may be no address at all, but a password in the wrong field.
  return `account:${hashToken(email).toString('base64url')}`;
}

function addressKey(address: string): string {
  return `address:${address}`;
}
