import { createHmac, randomInt, randomUUID } from 'node:crypto';
import { hashPassword, verifyPassword } from '#platform/auth';
import type { NotifyContext } from '../context.ts';
import { sealToken } from '../secrets/fernet.ts';
import { sendBuiltIn } from './built-in-messages.ts';
import { BUILT_IN } from './built-in-templates-data.ts';
import {
  countFailedLogin,
  findPasswordHash,
  forgetFailedLogins,
  lockUser,
  type UserRow,
  updateUser,
} from './user-queries.ts';
import { type CodeType, countOpenCodes, findCode, insertCode, useCode } from './verify-code-queries.ts';
import { noteCredentialUse } from './webauthn-queries.ts';

const MOST_OPEN_CODES = 5;
const MOST_FAILED_LOGINS = 10;
const MOST_FAILED_WEBAUTHN = 5;
const CODE_LIFE_MS = 30 * 60_000;

/** Whether this is the person's password; right answers forget the wrong ones before (internals section 3.4.2). */
export async function checkPassword(
  ctx: NotifyContext,
  userId: string,
  password: string,
): Promise<'right' | 'wrong' | 'unknown user'> {
  const known = await findPasswordHash(ctx.db.kysely, userId);
  if (!known) return 'unknown user';
  // Hashing takes a tenth of a second, in no transaction.
  const isRight = await verifyPassword(firstBytes(password), known.password_hash);
  if (isRight) await forgetFailedLogins(ctx.db.kysely, userId);
  else await countFailedLogin(ctx.db.kysely, userId);
  return isRight ? 'right' : 'wrong';
}

export async function setPassword(ctx: NotifyContext, userId: string, password: string): Promise<boolean> {
  const now = ctx.clock.now();
  const hash = await hashPassword(firstBytes(password));
  const changes = { password_hash: hash, password_changed_at: now.toISOString() };
  return updateUser(ctx.db.kysely, userId, changes, now);
}

/** Only the first 72 bytes of a password count, as in the original (internals section 7.2). */
export function firstBytes(password: string): string {
  const bytes = Buffer.from(password, 'utf8');
  return bytes.length <= 72 ? password : bytes.subarray(0, 72).toString('latin1');
}

/** Texts a code of five digits. With too many open codes nothing is sent, and nobody is told. */
export async function sendSmsCode(
  ctx: NotifyContext,
  user: UserRow,
  request: { to: string; correlationId: string },
): Promise<void> {
  const code = newSmsCode();
  await sendCode(ctx, user, { type: 'sms', code }, () => ({
    templateId: BUILT_IN.smsCode,
    to: request.to,
    personalisation: { verify_code: code },
    correlationId: request.correlationId,
  }));
}

/** Mails a link that holds a code; the admin website opens it and sends the code back. */
export async function sendEmailCode(
  ctx: NotifyContext,
  user: UserRow,
  request: { host: string | undefined; next: string | undefined; correlationId: string },
): Promise<void> {
  const code = randomUUID();
  const token = sealToken(
    ctx.keys.token,
    JSON.stringify({ user_id: user.id, secret_code: code }),
    ctx.clock.now(),
  );
  const next = request.next ? `?next=${encodeURIComponent(request.next)}` : '';
  const host = (request.host ?? ctx.config.adminBaseUrl).replace(/\/+$/, '');
  await sendCode(ctx, user, { type: 'email', code }, () => ({
    templateId: BUILT_IN.emailCode,
    to: user.email_address,
    personalisation: { name: user.name, url: `${host}/email-auth/${token}${next}` },
    correlationId: request.correlationId,
  }));
}

async function sendCode(
  ctx: NotifyContext,
  user: UserRow,
  { type, code }: { type: CodeType; code: string },
  message: () => Parameters<typeof sendBuiltIn>[2],
): Promise<void> {
  const now = ctx.clock.now();
  await ctx.db.kysely.transaction().execute(async (trx) => {
    // Locked, so that requests at once cannot pass the limit together.
    await lockUser(trx, user.id);
    if ((await countOpenCodes(trx, user.id, now)) >= MOST_OPEN_CODES) {
      ctx.log.warn({ userId: user.id }, 'user has too many open codes, none is sent');
      return;
    }
    await insertCode(trx, {
      id: randomUUID(),
      userId: user.id,
      type,
      hash: hashCode(ctx, user.id, type, code),
      expiresAt: new Date(now.getTime() + CODE_LIFE_MS),
      now,
    });
    await sendBuiltIn(ctx, trx, message());
  });
}

/** Uses a code up; the order of the checks is that of the table in internals section 3.4.2. */
export async function verifyCode(
  ctx: NotifyContext,
  userId: string,
  given: { code: string; type: CodeType },
): Promise<'verified' | 'not found' | 'expired'> {
  const now = ctx.clock.now();
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const user = await lockUser(trx, userId);
    if (!user || user.failed_login_count >= MOST_FAILED_LOGINS) return 'not found';
    const hash = hashCode(ctx, userId, given.type, given.code);
    const code = await findCode(trx, { userId, type: given.type, hash });
    if (!code || code.code_used || code.expires_at <= now) {
      await countFailedLogin(trx, userId);
      return code ? 'expired' : 'not found';
    }
    await useCode(trx, code.id);
    const changes = {
      current_session_id: randomUUID(),
      logged_in_at: now.toISOString(),
      failed_login_count: 0,
      ...(given.type === 'email' ? { email_access_validated_at: now.toISOString() } : {}),
    };
    await updateUser(trx, userId, changes, now);
    return 'verified';
  });
}

/** What a security key said, which the admin website has checked. */
export async function completeWebauthn(
  ctx: NotifyContext,
  userId: string,
  outcome: { isSuccessful: boolean; credentialId: string | null },
): Promise<'done' | 'locked' | 'unknown user'> {
  const now = ctx.clock.now();
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const user = await lockUser(trx, userId);
    if (!user) return 'unknown user';
    if (user.failed_login_count >= MOST_FAILED_WEBAUTHN) return 'locked';
    if (!outcome.isSuccessful) await countFailedLogin(trx, userId);
    else {
      const changes = {
        current_session_id: randomUUID(),
        logged_in_at: now.toISOString(),
        failed_login_count: 0,
      };
      await updateUser(trx, userId, changes, now);
      if (outcome.credentialId !== null) await noteCredentialUse(trx, userId, outcome.credentialId, now);
    }
    return 'done';
  });
}

/** Five digits, none like the one before it. */
export function newSmsCode(): string {
  let code = String(randomInt(10));
  while (code.length < 5) {
    const digit = String(randomInt(10));
    if (digit !== code.at(-1)) code += digit;
  }
  return code;
}

function hashCode(ctx: NotifyContext, userId: string, type: CodeType, code: string): Buffer {
  return createHmac('sha256', ctx.keys.encryption).update(`verify code ${type} ${userId} ${code}`).digest();
}
