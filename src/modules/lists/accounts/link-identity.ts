// Which account a provider's identity belongs to: the table of spec section 7.5.
import type { Handle } from '#platform/db';
import { deleteSessionsOf } from '../callers/caller-queries.ts';
import type { ListsContext } from '../context.ts';
import { listsEvent } from '../events.ts';
import { googleAlternate, isEmail, normaliseEmail, storable } from '../gateway/text.ts';
import { newId } from '../ids.ts';
import { enqueueKpi } from '../kpi/kpi.ts';
import type { UserRow } from '../tables.ts';
import { sendWelcome, type Visit, verifyEmail } from './account.ts';
import {
  deletePassword,
  insertIdentity,
  insertUser,
  selectIdentity,
  selectUser,
  selectUserByEmail,
} from './account-queries.ts';
import { adoptGuest } from './adopt-guest.ts';
import type { ProviderProfile } from './federation.ts';
import { startSession } from './sessions.ts';

export type LinkOutcome =
  | { kind: 'signed_in'; token: string; isNew: boolean }
  /** No account is linked: the person has to sign in with their password first. */
  | { kind: 'refused'; reason: 'no_email' | 'unverified_email' | 'google_domain' | 'disabled' | 'taken' };

/** Signs in, links or creates, in one transaction. A racing twin of a first sign-in finds what the other made. */
export async function signInWithProfile(
  ctx: ListsContext,
  profile: ProviderProfile,
  visit: Visit,
): Promise<LinkOutcome> {
  const outcome = await ctx.db.kysely
    .transaction()
    .execute(async (trx: Handle) => decide(ctx, trx, profile, visit));
  ctx.metrics.signIns.inc({ outcome: outcome.kind });
  return outcome;
}

async function decide(
  ctx: ListsContext,
  trx: Handle,
  profile: ProviderProfile,
  visit: Visit,
): Promise<LinkOutcome> {
  const linkedId = await selectIdentity(trx, profile.provider, profile.subject);
  if (linkedId !== undefined) {
    const user = await selectUser(trx, linkedId);
    return user?.status === 'active'
      ? enter(ctx, trx, user, profile, visit)
      : refuse(ctx, trx, profile, visit, 'disabled');
  }
  const email = normaliseEmail(storable(profile.email ?? ''));
  if (!isEmail(email)) return refuse(ctx, trx, profile, visit, 'no_email');
  const sameUser = await selectUserByEmail(trx, email, true);
  if (sameUser) return linkTo(ctx, trx, sameUser, profile, visit);
  if (!profile.isEmailVerified) return refuse(ctx, trx, profile, visit, 'unverified_email');
  const alternate = googleAlternate(email);
  const otherUser = alternate === undefined ? undefined : await selectUserByEmail(trx, alternate, true);
  if (otherUser) {
    // Google vouches for the mailbox, which is the same under both domains; nobody else can.
    if (profile.provider !== 'google') return refuse(ctx, trx, profile, visit, 'google_domain');
    return linkTo(ctx, trx, otherUser, profile, visit);
  }
  return create(ctx, trx, profile, email, visit);
}

async function linkTo(
  ctx: ListsContext,
  trx: Handle,
  user: UserRow,
  profile: ProviderProfile,
  visit: Visit,
): Promise<LinkOutcome> {
  if (user.status === 'disabled' || user.status === 'erased')
    return refuse(ctx, trx, profile, visit, 'disabled');
  if (!profile.isEmailVerified) return refuse(ctx, trx, profile, visit, 'unverified_email');
  if (user.email_verified_at === null) {
    // Whoever made this account never proved the address, and may not be the person who has: nothing they set stays.
    await deletePassword(trx, user.id);
    await deleteSessionsOf(trx, user.id);
    await verifyEmail(ctx, trx, user, visit);
  }
  await link(ctx, trx, user.id, profile, visit);
  return enter(ctx, trx, user, profile, visit);
}

async function create(
  ctx: ListsContext,
  trx: Handle,
  profile: ProviderProfile,
  email: string,
  visit: Visit,
): Promise<LinkOutcome> {
  const name = profile.name === undefined ? null : storable(profile.name).slice(0, 200);
  const user = { id: newId(), email, name, isVerified: true, now: ctx.clock.now(), locale: visit.locale };
  if (!(await insertUser(trx, user))) {
    // Another first sign-in was quicker; it is committed by now, or the insert would still wait.
    const winner = await selectUserByEmail(trx, email, true);
    return winner ? linkTo(ctx, trx, winner, profile, visit) : refuse(ctx, trx, profile, visit, 'taken');
  }
  await link(ctx, trx, user.id, profile, visit);
  await adoptGuest(ctx, trx, user, visit.correlationId);
  await sendWelcome(ctx, trx, user, visit.correlationId);
  await enqueueKpi(ctx, trx, visit.isTest ? [] : [{ event: 'account_created', id: user.id }]);
  await ctx.events.append(trx, [
    listsEvent('auth.signup', visit.correlationId, [user.id], { provider: profile.provider }),
  ]);
  return { kind: 'signed_in', token: await startSession(ctx, trx, user.id), isNew: true };
}

export async function link(
  ctx: ListsContext,
  trx: Handle,
  userId: string,
  profile: ProviderProfile,
  visit: Pick<Visit, 'correlationId'>,
): Promise<void> {
  await insertIdentity(trx, {
    provider: profile.provider,
    subject: profile.subject,
    userId,
    email: profile.email === undefined ? null : normaliseEmail(storable(profile.email)),
    now: ctx.clock.now(),
  });
  await ctx.events.append(trx, [
    listsEvent('auth.linked', visit.correlationId, [userId], { provider: profile.provider }),
  ]);
}

async function enter(
  ctx: ListsContext,
  trx: Handle,
  user: { id: string },
  profile: ProviderProfile,
  visit: Visit,
): Promise<LinkOutcome> {
  await ctx.events.append(trx, [
    listsEvent('auth.signin', visit.correlationId, [user.id], { provider: profile.provider }),
  ]);
  return { kind: 'signed_in', token: await startSession(ctx, trx, user.id), isNew: false };
}

async function refuse(
  ctx: ListsContext,
  trx: Handle,
  profile: ProviderProfile,
  visit: Visit,
  reason: Extract<LinkOutcome, { kind: 'refused' }>['reason'],
): Promise<LinkOutcome> {
  await ctx.events.append(trx, [
    listsEvent('auth.link_refused', visit.correlationId, [], { provider: profile.provider, reason }),
  ]);
  return { kind: 'refused', reason };
}
