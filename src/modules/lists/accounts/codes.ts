import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import type { Handle } from '#platform/db';
import { uuidV7 } from '#platform/http';
import type { ListsContext } from '../context.ts';
import { limit } from '../policy/rate-limit.ts';
import { countUseOfOpen, openWindow, selectUse } from '../policy/rate-limit-queries.ts';
import { authErrors } from './auth-errors.ts';
import {
  type CodePurpose,
  insertCode,
  selectLastCodeTime,
  type TriedCode,
  tryCode,
  useCode,
} from './code-queries.ts';

const HOUR_MS = 3_600_000;
const VALID_MS: Record<CodePurpose, number> = {
  confirm: 24 * HOUR_MS,
  reset: HOUR_MS,
  change_email: HOUR_MS,
};
const PAUSE_MS = 60_000;
const MOST_ATTEMPTS = 5;

/** Makes a six-digit code, forgets the one before and sends it. The e-mail goes out with the transaction. */
export async function sendCode(
  ctx: ListsContext,
  trx: Handle,
  code: {
    userId: string;
    email: string;
    purpose: CodePurpose;
    correlationId: string;
    locale?: string | null;
  },
): Promise<void> {
  const digits = String(randomInt(1_000_000)).padStart(6, '0');
  const now = ctx.clock.now();
  await insertCode(trx, {
    id: uuidV7(),
    userId: code.userId,
    email: code.email,
    purpose: code.purpose,
    hash: hashOf(ctx, code.userId, digits),
    now,
    expiresAt: new Date(now.getTime() + VALID_MS[code.purpose]),
  });
  await ctx.courier.send(trx, [
    {
      template: 'code',
      to: code.email,
      key: code.userId,
      locale: code.locale,
      variables: { code: digits },
      correlationId: code.correlationId,
    },
  ]);
}

/** Refuses who asks for codes too quickly: a minute between two, five an hour. */
export async function checkCodePause(
  ctx: ListsContext,
  code: { userId: string; email: string; purpose: CodePurpose },
): Promise<void> {
  await limit(ctx, 'code', code.email);
  const last = await selectLastCodeTime(ctx.db.kysely, code.userId, code.purpose);
  const { rateLimits } = await ctx.policy.current();
  if (rateLimits && last && ctx.clock.now().getTime() - last.getTime() < PAUSE_MS) {
    throw authErrors.tooManyAttempts();
  }
}

/**
 * Checks what was typed and uses the code up. Tries are counted outside the caller's transaction, so that a refused one
 * stays counted.
 */
export async function redeemCode(
  ctx: ListsContext,
  userId: string,
  purpose: CodePurpose,
  typed: unknown,
): Promise<TriedCode> {
  const code = await tryCode(ctx.db.kysely, userId, purpose);
  if (!code) throw authErrors.codeMismatch();
  if (code.attempts > MOST_ATTEMPTS) throw authErrors.tooManyAttempts();
  if (code.expires_at <= ctx.clock.now()) throw authErrors.codeExpired();
  const digits = typeof typed === 'string' ? typed.trim() : '';
  if (!/^[0-9]{6}$/.test(digits) || !timingSafeEqual(hashOf(ctx, userId, digits), code.code_hash)) {
    throw authErrors.codeMismatch();
  }
  if (!(await useCode(ctx.db.kysely, code.id, ctx.clock.now()))) throw authErrors.codeMismatch();
  return code;
}

/**
 * What asking for a reset code does for an address that has no account: nothing, and the answers are those of one that
 * has, now and when a code is tried (`ACCOUNT_EXISTENCE=opaque`).
 */
export async function sendNoCode(ctx: ListsContext, email: string): Promise<void> {
  await limit(ctx, 'code', email);
  const key = decoyKey(email);
  const now = ctx.clock.now().getTime();
  const before = await selectUse(ctx.db.kysely, key);
  const sentAt = before ? before.ends_at.getTime() - VALID_MS.reset : Number.NEGATIVE_INFINITY;
  const { rateLimits } = await ctx.policy.current();
  if (rateLimits && now - sentAt < PAUSE_MS) throw authErrors.tooManyAttempts();
  await openWindow(ctx.db.kysely, key, new Date(now + VALID_MS.reset));
}

/** Refuses a code for an address that has no account, as a wrong one is refused elsewhere. */
export async function refuseCode(ctx: ListsContext, email: string): Promise<never> {
  const decoy = await countUseOfOpen(ctx.db.kysely, decoyKey(email));
  if (decoy && decoy.used > MOST_ATTEMPTS) throw authErrors.tooManyAttempts();
  if (decoy && decoy.ends_at <= ctx.clock.now()) throw authErrors.codeExpired();
  throw authErrors.codeMismatch();
}

function decoyKey(email: string): string {
  return `decoy:${createHash('sha256').update(email).digest('base64url')}`;
}

/** Under the module's key: six digits alone could be tried out by whoever reads the table. */
function hashOf(ctx: ListsContext, userId: string, digits: string): Buffer {
  return Buffer.from(ctx.secrets.sign(`code:${userId}:${digits}`));
}
