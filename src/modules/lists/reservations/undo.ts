import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { listsEvent } from '../events.ts';
import type { ReservationState } from '../tables.ts';
import { changeLocked, type Trace } from './change-reservation.ts';
import {
  moveGiftCounters,
  moveReservation,
  selectActiveHolders,
  selectReservationTimes,
} from './reservation-queries.ts';

/** How long the last step can be taken back by whoever holds the reservation's id. */
export const UNDO_MS = 24 * 3_600_000;

/**
 * Takes the last step back, without an account: a released reservation is reserved again while units are left, and a
 * purchase said by mistake is a reservation again.
 */
export async function undo(ctx: ListsContext, id: string, trace: Trace): Promise<ReservationState> {
  await changeLocked(ctx, id, async (trx, { list, gift, reservation }) => {
    const times = await selectReservationTimes(trx, id);
    const isLate = !times || ctx.clock.now().getTime() - times.updated_at.getTime() > UNDO_MS;
    if (reservation.state === 'reserved')
      throw errors.conflict('nothing_to_undo', 'There is nothing to take back.');
    if (isLate) throw errors.conflict('too_late', 'It is too late to take this back.');
    if (!gift || !list) throw errors.giftMissing();
    const { quantity, state } = reservation;
    const [holder] = await selectActiveHolders(trx, [
      { listId: reservation.list_id, productId: reservation.product_id, holderKey: reservation.holder_key },
    ]);
    if (holder) throw errors.alreadyReserved();
    if (state === 'cancelled') {
      if (list.state === 'closed') throw errors.listClosed();
      if (gift.reserved + gift.purchased + quantity > gift.quantity) {
        throw errors.notEnoughLeft(gift.reserved, quantity, gift.quantity);
      }
    }
    await moveReservation(trx, id, { from: state, to: 'reserved', now: ctx.clock.now() });
    await moveGiftCounters(
      trx,
      { listId: reservation.list_id, productId: reservation.product_id },
      { reserved: quantity, purchased: state === 'purchased' ? -quantity : 0 },
    );
    await ctx.events.append(trx, [
      listsEvent('reservation.undone', trace.correlationId, [id, reservation.list_id], { from: state }),
    ]);
  });
  ctx.metrics.reservations.inc({ transition: 'undone' });
  return 'reserved';
}
