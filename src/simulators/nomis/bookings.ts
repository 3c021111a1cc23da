import { bookingId, offenderNo, prisonerIndex, prisonerOfBooking } from './prisoners.ts';

/** Whose bookings are: each prisoner has one, unless it was moved to another one since, as merges and moves do. */
export interface Bookings {
  /** Undefined when there is no such booking. */
  ownerOf(booking: number): string | undefined;
  /** Undefined when there is no such prisoner. */
  ofPrisoner(text: string): number[] | undefined;
  move(booking: number, to: string): boolean;
  clear(): void;
}

export function createBookings(prisoners: number): Bookings {
  const moved = new Map<number, string>();
  const isKnown = (index: number | undefined): index is number =>
    index !== undefined && index >= 0 && index < prisoners;
  const ownerOf = (booking: number): string | undefined => {
    const index = prisonerOfBooking(booking);
    return isKnown(index) ? (moved.get(booking) ?? offenderNo(index)) : undefined;
  };
  return {
    ownerOf,
    ofPrisoner(text) {
      const index = prisonerIndex(text);
      if (!isKnown(index)) return undefined;
      const candidates = new Set([bookingId(index), ...moved.keys()]);
      return [...candidates].filter((booking) => ownerOf(booking) === text);
    },
    move(booking, to) {
      if (ownerOf(booking) === undefined || !isKnown(prisonerIndex(to))) return false;
      moved.set(booking, to);
      return true;
    },
    clear: () => moved.clear(),
  };
}
