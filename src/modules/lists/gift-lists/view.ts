import { Type } from 'typebox';
import type { ListsContext } from '../context.ts';
import type { WholeGift, WholeList } from './gift-list-queries.ts';
import { forManager, forShared, isOwnReservation, revealTime, roleOn, type Viewer } from './visibility.ts';
import { ListShape, presentList } from './wire.ts';

const text = Type.String();

const ClaimShape = Type.Object({
  reservationId: text,
  quantity: Type.Integer(),
  state: text,
  name: text,
});

const GiftView = Type.Object({
  productId: text,
  type: text,
  product: Type.Union([
    Type.Object({
      brand: text,
      details: text,
      productUrl: text,
      imageUrl: Type.Union([text, Type.Null()]),
      price: Type.Union([text, Type.Null()]),
      currency: Type.Union([text, Type.Null()]),
      retailer: Type.Union([text, Type.Null()]),
    }),
    Type.Null(),
  ]),
  quantity: Type.Integer(),
  reserved: Type.Integer(),
  purchased: Type.Integer(),
  remaining: Type.Integer(),
  notes: Type.Union([text, Type.Null()]),
  mostWanted: Type.Boolean(),
  group: Type.Union([Type.Object({ target: Type.Integer(), pledged: Type.Integer() }), Type.Null()]),
  mine: Type.Array(ClaimShape, { description: 'Reservations of whoever asks' }),
  givers: Type.Array(ClaimShape, { description: 'For the owner, once they may know' }),
});

/** GET /lists/{id}/view: spec section 3.10. */
export const ViewShape = Type.Object({
  list: Type.Intersect([
    ListShape,
    Type.Object({
      currency: text,
      surprise: Type.Boolean(),
      revealAt: Type.Union([text, Type.Null()]),
      isHidden: Type.Boolean({ description: 'The viewer must not know of claims now' }),
    }),
  ]),
  role: Type.Union([Type.Literal('owner'), Type.Literal('co_owner'), Type.Literal('visitor')]),
  gifts: Type.Array(GiftView),
});

/** Everything a page shows of a list to this viewer, in the owner's order; most wanted gifts keep their mark. */
export function viewList(ctx: ListsContext, whole: WholeList, viewer: Viewer, view: 'full' | 'redacted') {
  const now = ctx.clock.now();
  const role = roleOn(whole.list, viewer);
  const seen = forManager(whole, viewer, now);
  const shared = forShared(whole, viewer, {
    view,
    now,
    pseudonym: (holderKey) => ctx.secrets.pseudonym(whole.list.id, holderKey),
  });
  const { list } = whole;
  const isClosedToVisitor = role === 'visitor' && list.state === 'closed' && !viewer.isAdmin;
  const givers = role === 'visitor' ? [] : seen.reservations;
  return {
    list: {
      ...presentList(list),
      currency: list.currency,
      surprise: list.surprise,
      revealAt: revealTime(list)?.toISOString() ?? null,
      isHidden: role !== 'visitor' && seen !== whole,
    },
    role,
    gifts: isClosedToVisitor
      ? []
      : inOwnersOrder(shared.gifts).map((gift) => ({
          ...presentGiftView(gift),
          // Own reservations are never a surprise to the person who made them, on a page of a visitor.
          mine:
            role === 'visitor'
              ? claimsOf(
                  whole.reservations.filter((reservation) => isOwnReservation(reservation, viewer)),
                  gift,
                )
              : [],
          givers: claimsOf(givers, gift),
        })),
  };
}

export function inOwnersOrder(gifts: WholeGift[]): WholeGift[] {
  return gifts.toSorted((a, b) => a.position - b.position || (a.product_id < b.product_id ? -1 : 1));
}

function presentGiftView(gift: WholeGift) {
  const { facts } = gift;
  return {
    productId: gift.product_id,
    type: gift.type,
    product: facts && {
      brand: facts.brand,
      details: facts.details,
      productUrl: facts.product_url,
      imageUrl: facts.image_url,
      price: facts.price,
      currency: facts.currency,
      retailer: facts.retailer,
    },
    quantity: gift.quantity,
    reserved: gift.reserved,
    purchased: gift.purchased,
    remaining: Math.max(0, gift.quantity - gift.reserved - gift.purchased),
    notes: gift.notes,
    mostWanted: gift.is_most_wanted,
    group: gift.group_target === null ? null : { target: gift.group_target, pledged: gift.group_pledged },
  };
}

function claimsOf(reservations: WholeList['reservations'], gift: WholeGift) {
  return reservations
    .filter((reservation) => reservation.product_id === gift.product_id)
    .map(({ id, quantity, state, name }) => ({ reservationId: id, quantity, state, name }));
}
