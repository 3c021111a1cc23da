// Accounts by e-mail and password: spec section 7.3.
import { createHash } from 'node:crypto';
import { hashPassword, verifyPassword } from '#platform/auth';
import type { Handle } from '#platform/db';
import { deleteSessionsOf } from '../callers/caller-queries.ts';
import type { ListsContext } from '../context.ts';
import { listsEvent } from '../events.ts';
import { isText } from '../gateway/body.ts';
import { googleAlternate, isEmail, normaliseEmail } from '../gateway/text.ts';
import { newId } from '../ids.ts';
import { enqueueKpi } from '../kpi/kpi.ts';
import { limit } from '../policy/rate-limit.ts';
import type { UserRow } from '../tables.ts';
import {
  admitSignIn,
  forgetFailures,
  insertUser,
  markVerified,
  selectPasswordHash,
  selectUserByEmail,
  upsertPassword,
} from './account-queries.ts';
import { adoptGuest } from './adopt-guest.ts';
import { authErrors } from './auth-errors.ts';
import { checkCodePause, redeemCode, refuseCode, sendCode, sendNoCode } from './codes.ts';
import { checkPassword } from './password-rules.ts';
import { startSession } from './sessions.ts';

export interface Visit {
  address: string;
  correlationId: string;
  isTest: boolean;
  /** The language of the page or the browser. */
  locale?: string;
}

const NAME_LENGTH = 200;

/** Makes an account that its first code confirms. */
export async function signUp(
  ctx: ListsContext,
  input: { name: unknown; email: unknown; password: unknown },
  visit: Visit,
): Promise<{ userId: string }> {
  await limit(ctx, 'signUp', visit.address);
  const email = readEmail(input.email);
  const { name, password } = input;
  if (!isText(name, NAME_LENGTH, 1)) throw authErrors.nameMissing();
  checkPassword(password, email);
  await refuseKnown(ctx, email);
  const hash = await hashPassword(password);
  const id = newId();
  const { welcomeEmailAt } = await ctx.policy.current();
  const created = await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    const { locale } = visit;
    const user = { id, email, name: name.trim(), isVerified: false, now: ctx.clock.now(), locale };
    if (!(await insertUser(trx, user))) return false;
    await upsertPassword(trx, id, hash, ctx.clock.now());
    await sendCode(ctx, trx, { userId: id, email, purpose: 'confirm', correlationId: visit.correlationId });
    if (welcomeEmailAt === 'signup') await sendWelcome(ctx, trx, user, visit.correlationId);
    await enqueueKpi(ctx, trx, visit.isTest ? [] : [{ event: 'account_created', id }]);
    await ctx.events.append(trx, [
      listsEvent('auth.signup', visit.correlationId, [id], { provider: 'password' }),
    ]);
    return true;
  });
  // Somebody else signed up with this address between the look and the insert.
  if (!created) throw authErrors.emailExists();
  return { userId: id };
}

/** An address is taken when it has an account, or when Google's other domain does (spec section 6.9). */
export async function refuseKnown(ctx: ListsContext, email: string): Promise<void> {
  if (await selectUserByEmail(ctx.db.kysely, email)) throw authErrors.emailExists();
  const alternate = googleAlternate(email);
  if (alternate !== undefined && (await selectUserByEmail(ctx.db.kysely, alternate))) {
    throw authErrors.googleAlternateExists(alternate);
  }
}

export async function sendWelcome(
  ctx: ListsContext,
  trx: Handle,
  user: { id: string; email: string; name: string | null },
  correlationId: string,
): Promise<void> {
  await ctx.courier.send(trx, [
    {
      template: 'welcome',
      to: user.email,
      key: user.id,
      variables: { name: user.name ?? user.email },
      correlationId,
      onceKey: `welcome:${user.id}`,
    },
  ]);
}

/** A new code; for an address that has no unconfirmed account the answer is the same, and nothing is sent. */
export async function resendCode(ctx: ListsContext, input: { email: unknown }, visit: Visit): Promise<void> {
  const email = readEmail(input.email);
  const user = await selectUserByEmail(ctx.db.kysely, email);
  if (user?.status !== 'unconfirmed') return limit(ctx, 'code', email);
  const code = { userId: user.id, email, purpose: 'confirm', correlationId: visit.correlationId } as const;
  await checkCodePause(ctx, code);
  await ctx.db.kysely.transaction().execute((trx: Handle) => sendCode(ctx, trx, code));
}

/** Proves the address. With the account's password it signs in as well, and returns the session's token. */
export async function confirm(
  ctx: ListsContext,
  input: { email: unknown; code: unknown; password: unknown },
  visit: Visit,
): Promise<{ user: UserRow; token: string | undefined }> {
  const email = readEmail(input.email);
  const user = await selectUserByEmail(ctx.db.kysely, email);
  if (!user) throw authErrors.codeMismatch();
  await redeemCode(ctx, user.id, 'confirm', input.code);
  const { password } = input;
  const isTheirs =
    typeof password === 'string' &&
    (await isPasswordOf(ctx, user.id, password)) &&
    user.status !== 'disabled';
  return ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await verifyEmail(ctx, trx, user, visit);
    await ctx.events.append(trx, [listsEvent('auth.confirmed', visit.correlationId, [user.id])]);
    return { user, token: isTheirs ? await startSession(ctx, trx, user.id) : undefined };
  });
}

/** What happens once an address is proved, by whatever means. */
export async function verifyEmail(
  ctx: ListsContext,
  trx: Handle,
  user: Pick<UserRow, 'id' | 'email' | 'name'>,
  visit: Pick<Visit, 'correlationId'>,
): Promise<void> {
  if (!(await markVerified(trx, user.id, ctx.clock.now()))) return;
  await adoptGuest(ctx, trx, user, visit.correlationId);
  const { welcomeEmailAt } = await ctx.policy.current();
  if (welcomeEmailAt === 'confirmation') await sendWelcome(ctx, trx, user, visit.correlationId);
}

export type SignedIn = { user: UserRow; token: string };

export async function signIn(
  ctx: ListsContext,
  input: { email: unknown; password: unknown },
  visit: Visit,
  kind: 'cookie' | 'token' = 'cookie',
): Promise<SignedIn> {
  const email = normaliseEmail(typeof input.email === 'string' ? input.email : '');
  const password = typeof input.password === 'string' ? input.password : '';
  const keys = await admit(ctx, email, visit.address);
  const user = await selectUserByEmail(ctx.db.kysely, email);
  const hash = user ? await selectPasswordHash(ctx.db.kysely, user.id) : undefined;
  const isRight = await verifyPassword(password, hash ?? null);
  const { accountExistence } = await ctx.policy.current();
  if (!user && accountExistence === 'reveal') throw authErrors.userNotFound();
  if (!user || !isRight || user.status === 'disabled' || user.status === 'erased') {
    await noteFailure(ctx, user?.id, visit);
    throw authErrors.badCredentials();
  }
  await forgetFailures(ctx.db.kysely, keys);
  if (user.status === 'unconfirmed') throw authErrors.notConfirmed();
  ctx.metrics.signIns.inc({ outcome: 'signed_in' });
  return ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await ctx.events.append(trx, [
      listsEvent('auth.signin', visit.correlationId, [user.id], { provider: 'password' }),
    ]);
    return { user, token: await startSession(ctx, trx, user.id, kind) };
  });
}

export async function forgotPassword(
  ctx: ListsContext,
  input: { email: unknown },
  visit: Visit,
): Promise<void> {
  const email = readEmail(input.email);
  const user = await selectUserByEmail(ctx.db.kysely, email);
  if (!user || user.status === 'disabled' || user.status === 'erased') {
    const { accountExistence } = await ctx.policy.current();
    if (accountExistence === 'reveal') {
      await limit(ctx, 'code', email);
      throw authErrors.userNotFoundAtReset();
    }
    return sendNoCode(ctx, email);
  }
  const code = {
    userId: user.id,
    email,
    purpose: 'reset',
    correlationId: visit.correlationId,
    locale: visit.locale,
  } as const;
  await checkCodePause(ctx, code);
  await ctx.db.kysely.transaction().execute((trx: Handle) => sendCode(ctx, trx, code));
}

/** Sets a new password, ends every session, and counts as proof of the address. */
export async function resetPassword(
  ctx: ListsContext,
  input: { email: unknown; code: unknown; password: unknown },
  visit: Visit,
): Promise<void> {
  const email = readEmail(input.email);
  const { password } = input;
  checkPassword(password, email);
  const user = await selectUserByEmail(ctx.db.kysely, email);
  if (!user || user.status === 'disabled' || user.status === 'erased') return refuseCode(ctx, email);
  await redeemCode(ctx, user.id, 'reset', input.code);
  const hash = await hashPassword(password);
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await upsertPassword(trx, user.id, hash, ctx.clock.now());
    await deleteSessionsOf(trx, user.id);
    await verifyEmail(ctx, trx, user, visit);
    await ctx.events.append(trx, [listsEvent('auth.reset', visit.correlationId, [user.id])]);
  });
}

export function readEmail(value: unknown): string {
  const email = normaliseEmail(typeof value === 'string' ? value : '');
  if (!isEmail(email)) throw authErrors.emailInvalid();
  return email;
}

export async function isPasswordOf(ctx: ListsContext, userId: string, password: string): Promise<boolean> {
  const hash = await selectPasswordHash(ctx.db.kysely, userId);
  return verifyPassword(password, hash ?? null);
}

/** Free tries before each further one has to wait: an address may be a whole school. */
const FREE_TRIES = { account: 5, address: 50 };

/** Counted before the password is looked at, so that many tries at once are no way round. */
async function admit(ctx: ListsContext, email: string, address: string): Promise<string[]> {
  const now = ctx.clock.now();
  const keys: string[] = [];
  for (const [kind, who] of [
    ['address', address],
    ['account', email],
  ] as const) {
    const key = `${kind}:${createHash('sha256').update(who).digest('base64url')}`;
    keys.push(key);
    if (!(await admitSignIn(ctx.db.kysely, key, FREE_TRIES[kind], now))) throw authErrors.tooManyAttempts();
  }
  return keys;
}

async function noteFailure(ctx: ListsContext, userId: string | undefined, visit: Visit): Promise<void> {
  ctx.metrics.signIns.inc({ outcome: 'refused' });
  await ctx.events.append(ctx.db.kysely, [listsEvent('auth.signin_failed', visit.correlationId, [userId])]);
}
