import type { Caller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { isHidden } from '../gift-lists/visibility.ts';
import { changeLocked } from './change-reservation.ts';
import { moveGiftCounters, moveReservation, selectActiveHolders } from './reservation-queries.ts';

/**
 * Makes a purchase a reservation again, by the list's owner or an administrator, and audits it (spec section 6.1). The
 * owner of a surprise list knows of no purchases before the reveal, so to them there is nothing to correct.
 */
export async function revertPurchase(
  ctx: ListsContext,
  caller: Caller,
  key: { listId: string; reservationId: string },
  correlationId: string,
): Promise<void> {
  const { listId, reservationId } = key;
  const isAdmin = caller.roles.includes('admin');
  await changeLocked(ctx, reservationId, async (trx, { list, gift, reservation }) => {
    if (reservation.list_id !== listId || !list || !gift) throw errors.reservationMissing();
    if (!isAdmin && list.owner_id !== caller.userId) throw errors.notOwner(caller.userId, listId);
    if (!isAdmin && isHidden(list, ctx.clock.now())) throw errors.reservationMissing();
    if (reservation.state !== 'purchased') {
      throw errors.conflict('not_purchased', 'Only a purchase can be corrected.');
    }
    const giftKey = { listId, productId: reservation.product_id };
    const [active] = await selectActiveHolders(trx, [{ ...giftKey, holderKey: reservation.holder_key }]);
    if (active) throw errors.alreadyReserved();
    await moveReservation(trx, reservationId, { from: 'purchased', to: 'reserved', now: ctx.clock.now() });
    const { quantity } = reservation;
    await moveGiftCounters(trx, giftKey, { reserved: quantity, purchased: -quantity });
    await ctx.audit(trx, {
      actor: { kind: 'system', id: caller.userId, name: isAdmin ? 'lists administrator' : 'list owner' },
      action: 'lists.purchase.reverted',
      target: `reservation:${reservationId}`,
      details: { listId, quantity },
    });
    await ctx.events.append(trx, [
      listsEvent('reservation.reverted', correlationId, [reservationId, listId], { quantity }),
    ]);
  });
  ctx.metrics.reservations.inc({ transition: 'reverted' });
}
