import { hash, shuffled } from '../../hmpps/random.ts';
import { PRISONS, VISIT_ROOMS } from '../prisons-data.ts';
import type { VisitShares } from './visit-shares.ts';

/** Visits repeat their filtered facts in blocks of this many, so any page of any filter is arithmetic, not a search. */
const BLOCK = 1000;
/** Visits are entered from 08:00 for eleven hours. */
const OPENS = 8 * 3600;
const OPEN_SECONDS = 11 * 3600;
const DAYS_OF_ENTRIES = 6 * 365;

export type VisitTime = 'past' | 'future' | 'farFuture' | 'erroneousFuture';

/** What filters ask for; the same for every visit in one place of its block. */
export interface Slot {
  readonly prison: string;
  readonly official: boolean;
  readonly time: VisitTime;
  /** End of the description of the room; undefined when the visit has no location. */
  readonly room: string | undefined;
  readonly leadVisitor: boolean;
  readonly unknownCode: boolean;
}

export interface VisitFilter {
  readonly prisonIds: readonly string[];
  readonly visitTypes: readonly string[];
  /** Seconds on the wall clock, both inclusive. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly ignoreMissingRoom: boolean;
}

/** The slots that a filter lets through and the range of visits in which it looks. */
export interface Selection {
  readonly first: number;
  readonly end: number;
  readonly slots: Uint16Array;
  /** How many of `slots` lie before a slot. */
  readonly before: Uint16Array;
}

/**
 * The visits as a function of their index: nothing of them is stored, so millions cost as much as ten. `anchorDay` is
 * the first day of the month in which they are looked at; all entries lie before it.
 */
export interface VisitPlan {
  readonly anchorDay: number;
  readonly slots: readonly Slot[];
  slotOf(index: number): Slot;
  /** When the visit was entered: later for every later visit. */
  createdSeconds(index: number): number;
  /** The visit that was entered at that second, if the plan has one. */
  indexCreatedAt(seconds: number): number | undefined;
  select(filter: VisitFilter, count: number): Selection;
}

export function createVisitPlan(options: {
  shares: VisitShares;
  anchorDay: number;
  planned: number;
}): VisitPlan {
  const { anchorDay, shares } = options;
  const slots = planSlots(shares);
  const firstDay = anchorDay - DAYS_OF_ENTRIES;
  const step = Math.max(1, Math.floor((DAYS_OF_ENTRIES * OPEN_SECONDS) / Math.max(1, options.planned)));

  function createdSeconds(index: number): number {
    const open = index * step + (hash(21, index) % step);
    const day = Math.floor(open / OPEN_SECONDS);
    return (firstDay + day) * 86_400 + OPENS + (open - day * OPEN_SECONDS);
  }

  /** The first visit entered at that second or later. */
  function firstCreatedFrom(seconds: number): number {
    const day = Math.floor(seconds / 86_400);
    const open = Math.min(Math.max(seconds - day * 86_400 - OPENS, 0), OPEN_SECONDS);
    let index = Math.max(0, Math.floor(((day - firstDay) * OPEN_SECONDS + open) / step));
    while (index > 0 && createdSeconds(index - 1) >= seconds) index -= 1;
    while (createdSeconds(index) < seconds) index += 1;
    return index;
  }

  return {
    anchorDay,
    slots,
    slotOf: (index) => slots[index % BLOCK] as Slot,
    createdSeconds,
    indexCreatedAt(seconds) {
      const index = firstCreatedFrom(seconds);
      return createdSeconds(index) === seconds ? index : undefined;
    },
    select(filter, count) {
      const first = filter.from === undefined ? 0 : Math.min(count, firstCreatedFrom(filter.from));
      const end = filter.to === undefined ? count : Math.min(count, firstCreatedFrom(filter.to + 1));
      return { first, end: Math.max(first, end), ...chosenSlots(slots, filter) };
    },
  };
}

/** How many visits of the selection there are. */
export function countSelected(selection: Selection): number {
  return countBefore(selection, selection.end) - countBefore(selection, selection.first);
}

/** The visit at `position` of the selection, from 0, in the order in which they were entered. */
export function selectedAt(selection: Selection, position: number): number {
  const overall = position + countBefore(selection, selection.first);
  const { slots } = selection;
  return Math.floor(overall / slots.length) * BLOCK + (slots[overall % slots.length] ?? 0);
}

/** How many visits that the filter lets through come before the visit, from the very first. */
export function countBefore({ slots, before }: Selection, index: number): number {
  return Math.floor(index / BLOCK) * slots.length + (before[index % BLOCK] ?? 0);
}

/** How many visits of one slot lie in the range. */
export function countInSlot(slot: number, first: number, end: number): number {
  const upTo = (index: number): number => Math.floor(index / BLOCK) + (index % BLOCK > slot ? 1 : 0);
  return upTo(end) - upTo(first);
}

function chosenSlots(slots: readonly Slot[], filter: VisitFilter): Pick<Selection, 'slots' | 'before'> {
  const chosen: number[] = [];
  const before = new Uint16Array(BLOCK);
  for (const [place, slot] of slots.entries()) {
    before[place] = chosen.length;
    if (passes(slot, filter)) chosen.push(place);
  }
  return { slots: Uint16Array.from(chosen), before };
}

function passes(slot: Slot, filter: VisitFilter): boolean {
  if (filter.prisonIds.length > 0 && !filter.prisonIds.includes(slot.prison)) return false;
  const type = slot.official ? 'OFFI' : 'SCON';
  if (filter.visitTypes.length > 0 && !filter.visitTypes.includes(type)) return false;
  return !(filter.ignoreMissingRoom && slot.room === undefined);
}

function planSlots(shares: VisitShares): Slot[] {
  const places = Array.from({ length: BLOCK }, (_, place) => place);
  const official = drawn(places, 1, shares.official);
  const missingRoom = drawn(places, 2, shares.missingRoom);
  const noLeadVisitor = drawn(places, 3, shares.noLeadVisitor);
  const unknownCode = drawn(places, 4, shares.unknownCode);
  const times = drawnTimes(places, shares);
  const prisons = shuffled(places, 5);
  return places.map((place) => ({
    prison: PRISONS[(prisons[place] ?? 0) % PRISONS.length] ?? PRISONS[0],
    official: official.has(place),
    time: times.get(place) ?? 'past',
    room: missingRoom.has(place) ? undefined : VISIT_ROOMS[hash(6, place) % VISIT_ROOMS.length],
    leadVisitor: !noLeadVisitor.has(place),
    unknownCode: unknownCode.has(place),
  }));
}

function drawn(places: readonly number[], seed: number, share: number): Set<number> {
  return new Set(shuffled(places, seed).slice(0, Math.round(share * BLOCK)));
}

function drawnTimes(places: readonly number[], shares: VisitShares): Map<number, VisitTime> {
  const order = shuffled(places, 7);
  const times = new Map<number, VisitTime>();
  let taken = 0;
  for (const time of ['future', 'farFuture', 'erroneousFuture'] as const) {
    const end = taken + Math.round(shares[time] * BLOCK);
    for (const place of order.slice(taken, end)) times.set(place, time);
    taken = end;
  }
  return times;
}
