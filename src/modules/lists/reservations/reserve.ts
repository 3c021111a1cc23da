// Reserving: spec sections 3.4.1 and 6.2. Requests that arrive together share one transaction: it locks their lists
// and gifts in one order, judges them one after another in the order they came, and writes what was granted in one
// statement. So a gift is never claimed beyond what is wanted, whoever asks at the same time and in which process.
import { createGroupCommit, type GroupCommit, type Handle } from '#platform/db';
import type { ListsContext } from '../context.ts';
import { errors, type ListsError } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { isHidden, isKeptFrom } from '../gift-lists/visibility.ts';
import { newId } from '../ids.ts';
import { enqueueKpi } from '../kpi/kpi.ts';
import {
  insertIdempotentAnswer,
  insertReservations,
  type LockedGift,
  type LockedList,
  lockGifts,
  lockListsShared,
  type NewReservation,
  selectAccountsByEmail,
  selectActiveHolders,
  selectIdempotentAnswer,
} from './reservation-queries.ts';

export interface ReserveItem {
  listId: string;
  productId: string;
  /** Normalised. */
  email: string;
  /** What a guest calls themself; undefined where the body had none. */
  name: string | undefined;
  /** Undefined when the body's was no whole number. */
  quantity: number | undefined;
  rawQuantity: unknown;
  productType: unknown;
  /** What the body said of the product: used in the mail only when our own record is missing. */
  fallback: Record<string, unknown>;
  idempotencyKey: string | undefined;
  /** The signed-in user who asks, if anyone. */
  callerId: string | undefined;
  correlationId: string;
  isTest: boolean;
  /** Of the page or the browser that asks. */
  locale: string;
  /** Written by the commit. */
  outcome?: ReserveOutcome;
}

export type ReserveOutcome =
  | { kind: 'granted'; reservationId: string; isRepeat: boolean }
  | { kind: 'refused'; error: ListsError };

const LARGEST_GROUP = 200;

export function createReserveIntake(
  ctx: () => ListsContext,
  db: ListsContext['db'],
): GroupCommit<ReserveItem> {
  return createGroupCommit<ReserveItem>({
    db,
    maxItems: LARGEST_GROUP,
    maxConcurrentCommits: 2,
    commit: (trx, items) => commitReservations(ctx(), trx, items),
  });
}

/** Reserves, or throws the contract's refusal. Resolves once the reservation and its e-mail are durable. */
export async function reserve(ctx: ListsContext, item: ReserveItem): Promise<{ reservationId: string }> {
  await ctx.reserveIntake.add(item);
  const { outcome } = item;
  if (outcome === undefined) throw new Error('A reservation was committed without an outcome');
  if (outcome.kind === 'refused') throw outcome.error;
  ctx.metrics.reservations.inc({ transition: 'reserved' });
  return { reservationId: outcome.reservationId };
}

interface Judged {
  item: ReserveItem;
  reservation: NewReservation;
  gift: LockedGift;
}

async function commitReservations(ctx: ListsContext, trx: Handle, items: ReserveItem[]): Promise<void> {
  const lists = new Map(
    (await lockListsShared(trx, unique(items.map((item) => item.listId)))).map((list) => [list.id, list]),
  );
  const keys = unique(items.map(({ listId, productId }) => JSON.stringify([listId, productId]))).map(
    (text) => {
      // Written two lines above.
      const [listId, productId] = JSON.parse(text) as [string, string];
      return { listId, productId };
    },
  );
  const gifts = new Map(
    (await lockGifts(trx, keys)).map((gift) => [keyOf(gift.list_id, gift.product_id), gift]),
  );
  const accounts = new Map(
    (await selectAccountsByEmail(trx, unique(items.map((item) => item.email)))).map((account) => [
      account.email,
      account,
    ]),
  );
  const holderOf = (item: ReserveItem) => accounts.get(item.email)?.id ?? item.email;
  const active = new Set(
    (
      await selectActiveHolders(
        trx,
        items.map((item) => ({
          listId: item.listId,
          productId: item.productId,
          holderKey: holderOf(item),
        })),
      )
    ).map((row) => keyOf(row.list_id, row.product_id, row.holder_key)),
  );

  const granted: Judged[] = [];
  for (const item of items) {
    const repeat = await answeredBefore(trx, item, holderOf(item));
    if (repeat !== undefined) {
      item.outcome = { kind: 'granted', reservationId: repeat, isRepeat: true };
      continue;
    }
    const holderKey = holderOf(item);
    const key = keyOf(item.listId, item.productId);
    const refusal = judge(item, {
      list: lists.get(item.listId),
      gift: gifts.get(key),
      hasAccount: accounts.has(item.email),
      isActive: active.has(keyOf(item.listId, item.productId, holderKey)),
      now: ctx.clock.now(),
    });
    if (refusal) {
      item.outcome = { kind: 'refused', error: refusal };
      continue;
    }
    // `judge` has refused where either is missing.
    const list = lists.get(item.listId) as LockedList;
    const gift = gifts.get(key) as LockedGift;
    const reservation = newReservation(item, list, gift, accounts.get(item.email));
    gift.reserved += reservation.quantity;
    active.add(keyOf(item.listId, item.productId, holderKey));
    granted.push({ item, reservation, gift });
    item.outcome = { kind: 'granted', reservationId: reservation.id, isRepeat: false };
    if (item.idempotencyKey !== undefined) {
      await insertIdempotentAnswer(trx, {
        key: item.idempotencyKey,
        caller: item.callerId ?? holderKey,
        answer: { reservationId: reservation.id },
      });
    }
  }
  if (granted.length > 0) await writeGranted(ctx, trx, granted);
}

async function writeGranted(ctx: ListsContext, trx: Handle, granted: Judged[]): Promise<void> {
  await insertReservations(
    trx,
    granted.map(({ reservation }) => reservation),
    ctx.clock.now(),
  );
  await ctx.courier.send(
    trx,
    granted.map(({ item, reservation, gift }) => ({
      template: 'reserve-confirmation' as const,
      to: reservation.email,
      key: reservation.id,
      reservationId: reservation.id,
      // Reserved in the name of an account by somebody who is not signed in to it: its owner is told so.
      variables: {
        ...(reservation.user_id !== null && item.callerId !== reservation.user_id ? { by_other: true } : {}),
        ...(gift.has_facts ? {} : { fallback: item.fallback }),
      },
      correlationId: item.correlationId,
    })),
  );
  await enqueueKpi(
    ctx,
    trx,
    granted
      .filter(({ item }) => !item.isTest)
      .map(({ reservation }) => ({ event: 'reserved', id: reservation.id })),
  );
  await ctx.events.append(
    trx,
    granted.map(({ item, reservation }) =>
      listsEvent(
        'reservation.reserved',
        item.correlationId,
        [reservation.id, reservation.list_id, reservation.product_id, reservation.user_id],
        { quantity: reservation.quantity, holder: reservation.user_id === null ? 'guest' : 'user' },
      ),
    ),
  );
}

/** The order of the checks is the contract's. */
function judge(
  item: ReserveItem,
  facts: {
    list: LockedList | undefined;
    gift: LockedGift | undefined;
    hasAccount: boolean;
    isActive: boolean;
    now: Date;
  },
): ListsError | undefined {
  const { list, gift, hasAccount, isActive, now } = facts;
  if (list && isKeptFrom(list, item.callerId, now)) {
    return errors.conflict(
      'own_surprise',
      'You manage this list, and what is reserved on it is a surprise for you.',
    );
  }
  if (!hasAccount && item.name === undefined) return errors.attributeMissing('name');
  const already = isActive ? errors.alreadyReserved() : undefined;
  // On a surprise list only a request that would be granted is told that it was before: by one that could not be, its
  // owner, signed out, would learn of every address they know whether it took the gift.
  if (list && isHidden(list, now)) return refusalOf(item, list, gift) ?? already;
  return already ?? refusalOf(item, list, gift);
}

function refusalOf(
  item: ReserveItem,
  list: LockedList | undefined,
  gift: LockedGift | undefined,
): ListsError | undefined {
  if (!list || !gift) return errors.giftMissing();
  if (list.state === 'closed') return errors.listClosed();
  if (gift.group_target !== null) {
    return errors.conflict('group_gift', 'This gift is given by many together: pledge a part of it.');
  }
  const { quantity } = item;
  if (quantity === undefined || quantity < 1) {
    return errors.reservedNotUpdated(gift.reserved, quantity ?? shown(item.rawQuantity));
  }
  if (gift.reserved + quantity + gift.purchased > gift.quantity) {
    return errors.notEnoughLeft(gift.reserved, quantity, gift.quantity);
  }
  if (item.productType === undefined) return errors.fieldMissing('type');
  return undefined;
}

function newReservation(
  item: ReserveItem,
  list: LockedList,
  gift: LockedGift,
  account: { id: string; email: string; name: string | null } | undefined,
): NewReservation {
  return {
    id: newId(),
    list_id: list.id,
    product_id: gift.product_id,
    holder_key: account?.id ?? item.email,
    user_id: account?.id ?? null,
    name: account ? (account.name ?? account.email) : (item.name ?? item.email),
    email: item.email,
    // `judge` lets nothing else through.
    quantity: item.quantity ?? 1,
    product_type: gift.type,
    list_title: list.title,
    list_owner_id: list.owner_id,
    locale: item.locale,
  };
}

async function answeredBefore(
  trx: Handle,
  item: ReserveItem,
  holderKey: string,
): Promise<string | undefined> {
  if (item.idempotencyKey === undefined) return undefined;
  const answer = await selectIdempotentAnswer(trx, item.idempotencyKey, item.callerId ?? holderKey);
  return typeof answer?.reservationId === 'string' ? answer.reservationId : undefined;
}

function shown(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number'
    ? String(value).slice(0, 50)
    : 'an unknown number';
}

function keyOf(...parts: string[]): string {
  return JSON.stringify(parts);
}

function unique(values: string[]): string[] {
  return [...new Set(values)];
}
