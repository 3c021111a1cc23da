// Who sees what: spec section 6.8. Everything that shows claims, in an answer, a page or a mail, asks here.

import type { LockedList } from '../reservations/reservation-queries.ts';
import type { ReservationRow } from '../tables.ts';
import type { OwnedList, WholeGift, WholeList } from './gift-list-queries.ts';

const DAY_MS = 86_400_000;

/** When claims are shown to the owner of a surprise list; null means never by itself. */
export function revealTime(list: Pick<OwnedList, 'reveal_at' | 'event_date'>): Date | null {
  if (list.reveal_at !== null) return new Date(list.reveal_at);
  if (list.event_date === null) return null;
  // The end of the day, and one day more.
  return new Date(Date.parse(`${list.event_date}T00:00:00Z`) + 2 * DAY_MS);
}

export function isHidden(list: Pick<OwnedList, 'surprise' | 'reveal_at' | 'event_date'>, now: Date): boolean {
  if (!list.surprise) return false;
  const reveal = revealTime(list);
  return reveal === null || now < reveal;
}

export interface Viewer {
  userId: string | undefined;
  isAdmin: boolean;
  /** Reservations whose e-mailed link this browser has opened. */
  knownReservations: ReadonlySet<string>;
}

export type Role = 'owner' | 'co_owner' | 'visitor';

/** What decides who may know of claims. */
export type Managed = Pick<OwnedList, 'owner_id' | 'co_owner' | 'surprise' | 'reveal_at' | 'event_date'>;

export function roleOn(list: Pick<Managed, 'owner_id' | 'co_owner'>, viewer: Pick<Viewer, 'userId'>): Role {
  if (viewer.userId === undefined) return 'visitor';
  if (list.owner_id === viewer.userId) return 'owner';
  return list.co_owner ? 'co_owner' : 'visitor';
}

/** Whether this person must not learn what is claimed: the owner of a surprise, and co-owners who stay blind. */
export function mustNotKnow(list: Managed, viewer: Pick<Viewer, 'userId'>, now: Date): boolean {
  const role = roleOn(list, viewer);
  if (role === 'owner') return isHidden(list, now);
  if (role === 'co_owner') return isHidden(list, now) || !list.co_owner?.sees_claims;
  return false;
}

/** The same for somebody who would reserve on a list that is locked: any other refusal would tell what is taken. */
export function isKeptFrom(list: LockedList, userId: string | undefined, now: Date): boolean {
  if (userId === undefined) return false;
  if (list.blind_ids.includes(userId)) return true;
  return (list.owner_id === userId || list.co_owner_ids.includes(userId)) && isHidden(list, now);
}

/** The gift as somebody who must not know of claims may see it. */
export function withoutClaims(gift: WholeGift): WholeGift {
  return {
    ...gift,
    quantity: gift.owner_quantity ?? gift.quantity,
    owner_quantity: null,
    reserved: 0,
    purchased: 0,
    group_pledged: 0,
  };
}

export function isOwnReservation(reservation: ReservationRow, viewer: Viewer): boolean {
  if (viewer.knownReservations.has(reservation.id)) return true;
  if (viewer.userId === undefined) return false;
  return reservation.holder_key === viewer.userId || reservation.user_id === viewer.userId;
}

/**
 * The list as its owner or co-owner may see it. A gift bought for oneself stays visible: one's own reservations are no
 * surprise.
 */
export function forManager(whole: WholeList, viewer: Viewer, now: Date): WholeList {
  if (!mustNotKnow(whole.list, viewer, now)) return whole;
  return { ...whole, gifts: whole.gifts.map(withoutClaims), reservations: [] };
}

/** One entry of the shared view: complete, or with the person taken out of it. */
export interface SharedReservation {
  key: string;
  reservation: ReservationRow;
}

export interface SharedList {
  list: OwnedList;
  gifts: WholeGift[];
  reservations: SharedReservation[];
}

export function forShared(
  whole: WholeList,
  viewer: Viewer,
  options: { view: 'full' | 'redacted'; now: Date; pseudonym: (holderKey: string) => string },
): SharedList {
  const { view, now, pseudonym } = options;
  if (mustNotKnow(whole.list, viewer, now)) {
    return { list: whole.list, gifts: whole.gifts.map(withoutClaims), reservations: [] };
  }
  // An owner who may know sees on the public page what is on the owner's page; everybody else sees their own.
  const isManager = roleOn(whole.list, viewer) !== 'visitor' || viewer.isAdmin;
  const seesAll = view === 'full' || isManager;
  return {
    list: whole.list,
    gifts: whole.gifts,
    reservations: whole.reservations.map((reservation) =>
      seesAll || isOwnReservation(reservation, viewer)
        ? { key: reservation.holder_key, reservation }
        : redact(reservation, pseudonym(reservation.holder_key)),
    ),
  };
}

function redact(reservation: ReservationRow, key: string): SharedReservation {
  return {
    key,
    reservation: { ...reservation, id: '', holder_key: key, user_id: null, name: '', email: '' },
  };
}
