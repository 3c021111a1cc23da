import { type Handle, violatedConstraint } from '#platform/db';
import type { Caller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { isText } from '../gateway/body.ts';
import { isCurrency, removeLockedList } from '../gift-lists/gift-list.ts';
import { withConflictRetries } from '../retries.ts';
import type { UserRow } from '../tables.ts';
import { readEmail, refuseKnown } from './account.ts';
import {
  deleteIdentity,
  selectIdentitiesOf,
  selectPasswordHash,
  selectUser,
  updateUser,
} from './account-queries.ts';
import { adoptGuest } from './adopt-guest.ts';
import { authErrors } from './auth-errors.ts';
import { checkCodePause, redeemCode, sendCode } from './codes.ts';
import { eraseUser, lockListsOfOwner, releaseReservationsOf } from './profile-queries.ts';

export const LOCALES = ['en', 'fr'] as const;

export async function describeUser(ctx: ListsContext, userId: string) {
  const user = await requireUser(ctx.db.kysely, userId);
  const identities = await selectIdentitiesOf(ctx.db.kysely, userId);
  const hasPassword = (await selectPasswordHash(ctx.db.kysely, userId)) !== undefined;
  return {
    userId: user.id,
    email: user.email,
    name: user.name ?? user.email,
    roles: user.roles,
    language: user.locale ?? 'en',
    currency: user.currency ?? 'GBP',
    hasPassword,
    providers: identities.map(({ provider }) => provider),
  };
}

/** Name, language and currency at once; a new address only after the code sent to it (spec section 7.7). */
export async function changeProfile(
  ctx: ListsContext,
  caller: Caller,
  input: Record<string, unknown>,
  correlationId: string,
): Promise<void> {
  const change: Partial<UserRow> = {};
  if (input.name !== undefined) {
    if (!isText(input.name, 200, 1)) throw authErrors.nameMissing();
    change.name = input.name.trim();
  }
  if (input.language !== undefined) {
    const locale = LOCALES.find((known) => known === input.language);
    if (locale === undefined)
      throw errors.invalid('language_unknown', `language must be one of ${LOCALES.join(', ')}.`);
    change.locale = locale;
  }
  if (input.currency !== undefined) {
    if (!isCurrency(input.currency))
      throw errors.invalid('currency_invalid', 'currency must be a code such as GBP.');
    change.currency = input.currency;
  }
  const email = input.email === undefined ? undefined : readEmail(input.email);
  if (email !== undefined && email !== caller.email) {
    await refuseKnown(ctx, email);
    const code = {
      userId: caller.userId,
      email,
      purpose: 'change_email',
      correlationId,
      locale: caller.locale,
    } as const;
    await checkCodePause(ctx, code);
    await ctx.db.kysely.transaction().execute((trx: Handle) => sendCode(ctx, trx, code));
  }
  await updateUser(ctx.db.kysely, caller.userId, change);
}

/** Takes the new address over, and tells the old one. Reservations keep the address they were made with. */
export async function confirmNewEmail(
  ctx: ListsContext,
  caller: Caller,
  typed: unknown,
  correlationId: string,
): Promise<void> {
  const code = await redeemCode(ctx, caller.userId, 'change_email', typed);
  await refuseKnown(ctx, code.email);
  try {
    await takeOverEmail(ctx, caller.userId, code.email, correlationId);
  } catch (error) {
    // Somebody else took the address over since the look.
    if (EMAIL_KEYS.includes(violatedConstraint(error) ?? '')) throw authErrors.emailExists();
    throw error;
  }
}

const EMAIL_KEYS = ['users_email_key', 'users_email_canonical_key'];

async function takeOverEmail(
  ctx: ListsContext,
  userId: string,
  email: string,
  correlationId: string,
): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    const user = await requireUser(trx, userId, true);
    await updateUser(trx, user.id, { email });
    await ctx.courier.send(trx, [
      {
        template: 'email-changed',
        to: user.email,
        key: user.id,
        // The account is no longer found under this address.
        locale: user.locale,
        variables: { name: user.name ?? user.email },
        correlationId,
      },
    ]);
    await adoptGuest(ctx, trx, { id: user.id, email }, correlationId);
    await ctx.events.append(trx, [listsEvent('auth.email_changed', correlationId, [user.id])]);
  });
}

export async function unlinkProvider(ctx: ListsContext, caller: Caller, provider: string): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await requireUser(trx, caller.userId, true);
    const others = (await selectIdentitiesOf(trx, caller.userId)).filter((one) => one.provider !== provider);
    const hasPassword = (await selectPasswordHash(trx, caller.userId)) !== undefined;
    if (others.length === 0 && !hasPassword) throw authErrors.lastMethod();
    if (!(await deleteIdentity(trx, caller.userId, provider))) throw authErrors.providerUnknown();
  });
}

/**
 * Erases an account: its lists go, with notices to those who reserved; what it reserved is released; the rest says
 * nothing about the person any more.
 */
export async function eraseAccount(
  ctx: ListsContext,
  userId: string,
  correlationId: string | null,
): Promise<void> {
  await withConflictRetries(() =>
    ctx.db.kysely.transaction().execute(async (trx: Handle) => {
      for (const list of await lockListsOfOwner(trx, userId))
        await removeLockedList(ctx, trx, list, correlationId);
      await releaseReservationsOf(trx, userId, ctx.clock.now());
      await eraseUser(trx, userId, ctx.clock.now());
      await ctx.events.append(trx, [listsEvent('auth.erased', correlationId, [userId])]);
    }),
  );
}

async function requireUser(handle: Handle, userId: string, lock = false): Promise<UserRow> {
  const user = await selectUser(handle, userId, lock);
  if (!user) throw errors.noUser();
  return user;
}
