import type { Handle } from '#platform/db';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { googleAlternate, normaliseEmail } from '../gateway/text.ts';
import { selectList } from '../gift-lists/gift-list-queries.ts';
import { isHidden } from '../gift-lists/visibility.ts';
import { enqueueKpi } from '../kpi/kpi.ts';
import { withConflictRetries } from '../retries.ts';
import type { ReservationRow } from '../tables.ts';
import { selectOwnerAddress } from './owner-queries.ts';
import {
  deleteReservation,
  type LockedGift,
  type LockedList,
  lockGifts,
  lockListsShared,
  lockReservation,
  moveGiftCounters,
  moveReservation,
  selectAccountsByEmail,
  selectReservation,
  updateReservationQuantity,
} from './reservation-queries.ts';

/** Whoever changes a reservation says who they are: an e-mail address, or their account's id where both are taken. */
export interface Requestor {
  /** As in the path. */
  raw: string;
  /** A guest's name, which update and unreserve ask for when a body is present. */
  guestName: { isNeeded: boolean; value: unknown };
}

interface Locked {
  list: LockedList | undefined;
  gift: LockedGift | undefined;
  reservation: ReservationRow;
}

export interface Trace {
  correlationId: string;
  isTest: boolean;
}

/** Sets the quantity: spec section 3.4.2. */
export async function changeQuantity(
  ctx: ListsContext,
  id: string,
  requestor: Requestor,
  wanted: { quantity: number | undefined; raw: unknown },
  trace: Trace,
): Promise<void> {
  await changeLocked(ctx, id, async (trx, { list, gift, reservation }) => {
    await checkHolder(trx, reservation, requestor);
    checkReserved(reservation);
    if (!gift) throw errors.giftMissing();
    const { quantity } = wanted;
    if (quantity === undefined) throw errors.reservedNotUpdated(gift.reserved, 'an unknown number');
    if (quantity <= 0) throw errors.cannotReduceToZero();
    const difference = quantity - reservation.quantity;
    if (difference === 0) throw errors.noDifference();
    if (difference > 0 && list?.state === 'closed') throw errors.listClosed();
    if (gift.reserved + difference < 0) throw errors.reservedNotUpdated(gift.reserved, difference);
    if (difference > 0 && gift.reserved + difference + gift.purchased > gift.quantity) {
      throw errors.notEnoughLeft(gift.reserved, difference, gift.quantity);
    }
    await moveGiftCounters(trx, keyOf(reservation), { reserved: difference, purchased: 0 });
    await updateReservationQuantity(trx, id, quantity, ctx.clock.now());
    await note(ctx, trx, 'reservation.updated', reservation, trace, { quantity });
  });
  ctx.metrics.reservations.inc({ transition: 'updated' });
}

/** Gives the units back: spec section 3.4.3. */
export async function unreserve(
  ctx: ListsContext,
  id: string,
  requestor: Requestor,
  trace: Trace,
): Promise<void> {
  await changeLocked(ctx, id, async (trx, { gift, reservation }) => {
    await checkHolder(trx, reservation, requestor);
    checkReserved(reservation);
    if (!gift) throw errors.giftMissing();
    if (gift.reserved < reservation.quantity) {
      throw errors.reservedNotUpdated(gift.reserved, -reservation.quantity);
    }
    await moveReservation(trx, id, { from: 'reserved', to: 'cancelled', now: ctx.clock.now() });
    await moveGiftCounters(trx, keyOf(reservation), { reserved: -reservation.quantity, purchased: 0 });
    await note(ctx, trx, 'reservation.cancelled', reservation, trace);
  });
  ctx.metrics.reservations.inc({ transition: 'cancelled' });
}

/** Marks the gift bought and tells holder and owner: spec section 3.4.4. */
export async function purchase(
  ctx: ListsContext,
  id: string,
  requestor: Requestor,
  trace: Trace & { fallback: Record<string, unknown> },
): Promise<void> {
  await changeLocked(ctx, id, async (trx, { list, gift, reservation }) => {
    if (!isNamed(reservation, requestor.raw) && !isNamed(reservation, normaliseEmail(requestor.raw))) {
      throw errors.notHolder();
    }
    checkReserved(reservation);
    const owner = await selectOwnerAddress(trx, reservation.list_id);
    if (!list || !owner) throw errors.noUser();
    if (!gift) throw errors.giftMissing();
    const { quantity } = reservation;
    if (gift.reserved < quantity) throw errors.reservedNotUpdated(gift.reserved, -quantity);
    await moveReservation(trx, id, { from: 'reserved', to: 'purchased', now: ctx.clock.now() });
    await moveGiftCounters(trx, keyOf(reservation), { reserved: -quantity, purchased: quantity });
    await sendPurchaseMails(ctx, trx, { gift, reservation, ownerEmail: owner.email }, trace);
    await enqueueKpi(ctx, trx, trace.isTest ? [] : [{ event: 'purchased', id }]);
    await note(ctx, trx, 'reservation.purchased', reservation, trace, { quantity });
  });
  ctx.metrics.reservations.inc({ transition: 'purchased' });
}

/** Deletes a row: spec section 3.4.6. Active units go back to the gift. */
export async function removeReservation(ctx: ListsContext, id: string, trace: Trace): Promise<void> {
  await changeLocked(ctx, id, async (trx, { gift, reservation }) => {
    if (reservation.state === 'reserved' && gift) {
      const released = Math.min(gift.reserved, reservation.quantity);
      await moveGiftCounters(trx, keyOf(reservation), { reserved: -released, purchased: 0 });
    }
    await deleteReservation(trx, id);
    await note(ctx, trx, 'reservation.deleted', reservation, trace, { state: reservation.state });
  });
}

/**
 * Runs `change` with list, gift and reservation locked in that order. The reservation is read first to know where it
 * belongs; when a not-found product was replaced meanwhile, the locks are taken anew.
 */
export async function changeLocked(
  ctx: ListsContext,
  id: string,
  change: (trx: Handle, locked: Locked) => Promise<void>,
): Promise<void> {
  await withConflictRetries(() =>
    ctx.db.kysely.transaction().execute(async (trx: Handle) => {
      const seen = await selectReservation(trx, id);
      if (!seen) throw errors.reservationMissing();
      const [list] = await lockListsShared(trx, [seen.list_id]);
      let [gift] = await lockGifts(trx, [keyOf(seen)]);
      const reservation = await lockReservation(trx, id);
      if (!reservation) throw errors.reservationMissing();
      if (reservation.product_id !== seen.product_id) [gift] = await lockGifts(trx, [keyOf(reservation)]);
      await change(trx, { list, gift, reservation });
    }),
  );
}

/** Update and unreserve: the holder the path's address stands for must be the reservation's (spec section 3.4). */
async function checkHolder(trx: Handle, reservation: ReservationRow, requestor: Requestor): Promise<void> {
  const email = normaliseEmail(requestor.raw);
  const [account] = await selectAccountsByEmail(trx, [email]);
  const { isNeeded, value } = requestor.guestName;
  if (!account && isNeeded && value === undefined) throw errors.attributeMissing('name');
  const known = [email, googleAlternate(email), account?.id];
  const isHolder = known.some((key) => key !== undefined && isNamed(reservation, key));
  if (!isHolder) throw errors.notHolder();
}

function isNamed(reservation: ReservationRow, key: string): boolean {
  return (
    key !== '' && (reservation.holder_key === key || reservation.email === key || reservation.user_id === key)
  );
}

function checkReserved(reservation: ReservationRow): void {
  if (reservation.state !== 'reserved') throw errors.notReserved(reservation.state);
}

function keyOf(reservation: ReservationRow) {
  return { listId: reservation.list_id, productId: reservation.product_id };
}

async function sendPurchaseMails(
  ctx: ListsContext,
  trx: Handle,
  facts: { gift: LockedGift; reservation: ReservationRow; ownerEmail: string },
  trace: Trace & { fallback: Record<string, unknown> },
): Promise<void> {
  const { gift, reservation, ownerEmail } = facts;
  const letter = {
    key: reservation.id,
    reservationId: reservation.id,
    variables: gift.has_facts ? {} : { fallback: trace.fallback },
    correlationId: trace.correlationId,
  };
  const list = await selectList(trx, reservation.list_id, '');
  const isSurprise = list !== undefined && isHidden(list, ctx.clock.now());
  await ctx.courier.send(trx, [
    { ...letter, template: 'purchase-confirmation', to: reservation.email },
    // A surprise is kept by e-mail as well: its owner gets one summary after the reveal.
    ...(isSurprise ? [] : [{ ...letter, template: 'purchase-update' as const, to: ownerEmail }]),
  ]);
}

async function note(
  ctx: ListsContext,
  trx: Handle,
  name: string,
  reservation: ReservationRow,
  trace: Trace,
  properties: Record<string, unknown> = {},
): Promise<void> {
  await ctx.events.append(trx, [
    listsEvent(
      name,
      trace.correlationId,
      [reservation.id, reservation.list_id, reservation.product_id, reservation.user_id],
      properties,
    ),
  ]);
}
