import { londonDay } from '../../hmpps/calendar.ts';
import type { PageRequest } from '../../hmpps/spring-page.ts';
import { offenderNo } from '../prisoners.ts';
import { FIRST_VISIT_ID, visitJson, visitPrisoner } from './visit-json.ts';
import {
  countBefore,
  countInSlot,
  countSelected,
  createVisitPlan,
  type Selection,
  selectedAt,
  type VisitFilter,
  type VisitPlan,
} from './visit-plan.ts';
import { DEFAULT_SHARES, type VisitShares } from './visit-shares.ts';

export interface RoomUsage {
  readonly agencyInternalLocationDescription: string;
  readonly count: number;
  readonly prisonId: string;
}

/** The visits that NOMIS holds: a plan of any length, and the few that were changed, deleted or added since. */
export interface Visits {
  /** Starts over with so many visits of these kinds. */
  replan(count: number, shares: VisitShares): void;
  readonly count: number;
  readonly shares: VisitShares;
  page(filter: VisitFilter, request: PageRequest): { ids: string[]; total: number };
  /** JSON text; undefined when there is no such visit. */
  json(visitId: number): string | undefined;
  /** The visit of a prisoner that was entered at that second of the wall clock. */
  idCreatedAt(seconds: number, prisoner: string): number | undefined;
  roomUsage(filter: VisitFilter, futureOnly: boolean): RoomUsage[];
  /** Adds visits behind the last one and gives the id of the first. */
  append(count: number): number;
  change(visitId: number, patch: Readonly<Record<string, unknown>>): boolean;
  remove(visitId: number): boolean;
}

export function createVisits(options: { count: number; prisoners: number; now: () => Date }): Visits {
  const { prisoners } = options;
  const anchorDay = firstOfMonth(londonDay(options.now()));
  let shares = DEFAULT_SHARES;
  let plan: VisitPlan = createVisitPlan({ shares, anchorDay, planned: options.count });
  let end = options.count;
  /** In order. */
  let deleted: number[] = [];
  let changed = new Map<number, Readonly<Record<string, unknown>>>();

  const indexOf = (visitId: number): number | undefined => {
    const index = visitId - FIRST_VISIT_ID;
    return index >= 0 && index < end && !deleted.includes(index) ? index : undefined;
  };

  return {
    replan(count, newShares) {
      shares = newShares;
      plan = createVisitPlan({ shares, anchorDay, planned: count });
      end = count;
      deleted = [];
      changed = new Map();
    },
    get count() {
      return end - deleted.length;
    },
    get shares() {
      return shares;
    },
    page: (filter, request) => pageOf(plan.select(filter, end), deleted, request),
    json(visitId) {
      const index = indexOf(visitId);
      if (index === undefined) return undefined;
      const text = visitJson(plan, index, prisoners);
      const patch = changed.get(index);
      return patch === undefined ? text : JSON.stringify(merged(JSON.parse(text), patch));
    },
    idCreatedAt(seconds, prisoner) {
      const index = plan.indexCreatedAt(seconds);
      if (index === undefined || index >= end) return undefined;
      return offenderNo(visitPrisoner(index, prisoners)) === prisoner ? FIRST_VISIT_ID + index : undefined;
    },
    roomUsage: (filter, futureOnly) => usageOf(plan, plan.select(filter, end), deleted, futureOnly),
    append(count) {
      end += count;
      return FIRST_VISIT_ID + end - count;
    },
    change(visitId, patch) {
      const index = indexOf(visitId);
      if (index === undefined) return false;
      changed.set(index, { ...changed.get(index), ...patch });
      return true;
    },
    remove(visitId) {
      const index = indexOf(visitId);
      if (index === undefined) return false;
      deleted = [...deleted, index].sort((a, b) => a - b);
      return true;
    },
  };
}

function firstOfMonth(day: number): number {
  return day - new Date(day * 86_400_000).getUTCDate() + 1;
}

/** A null in the patch takes the member away, as NOMIS leaves out what is null. */
function merged(visit: object, patch: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries({ ...visit, ...patch }).filter(([, value]) => value !== null));
}

function pageOf(
  selection: Selection,
  deleted: readonly number[],
  request: PageRequest,
): { ids: string[]; total: number } {
  const gaps = deletedPositions(selection, deleted);
  const total = countSelected(selection) - gaps.length;
  const first = request.page * request.size;
  const descending = request.sort?.descending ?? false;
  const ids: string[] = [];
  for (let nth = first; nth < Math.min(first + request.size, total); nth += 1) {
    const position = positionOf(descending ? total - 1 - nth : nth, gaps);
    ids.push(`{"visitId":${FIRST_VISIT_ID + selectedAt(selection, position)}}`);
  }
  return { ids, total };
}

/** Positions of deleted visits within the selection, in order. */
function deletedPositions(selection: Selection, deleted: readonly number[]): number[] {
  return deleted
    .filter((index) => index >= selection.first && index < selection.end)
    .filter((index) => countBefore(selection, index + 1) > countBefore(selection, index))
    .map((index) => countBefore(selection, index) - countBefore(selection, selection.first));
}

function positionOf(nth: number, gaps: readonly number[]): number {
  let position = nth;
  for (const gap of gaps) {
    if (gap > position) break;
    position += 1;
  }
  return position;
}

function usageOf(
  plan: VisitPlan,
  selection: Selection,
  deleted: readonly number[],
  futureOnly: boolean,
): RoomUsage[] {
  const counts = new Map<string, RoomUsage>();
  for (const place of selection.slots) {
    const slot = plan.slots[place];
    if (slot?.room === undefined) continue;
    if (futureOnly && slot.time !== 'future' && slot.time !== 'farFuture') continue;
    const gone = deleted.filter(
      (index) => index % plan.slots.length === place && inRange(selection, index),
    ).length;
    const count = countInSlot(place, selection.first, selection.end) - gone;
    const description = `${slot.prison}-${slot.room}`;
    const before = counts.get(description)?.count ?? 0;
    counts.set(description, {
      agencyInternalLocationDescription: description,
      count: before + count,
      prisonId: slot.prison,
    });
  }
  return [...counts.values()].filter(({ count }) => count > 0);
}

function inRange({ first, end }: Selection, index: number): boolean {
  return index >= first && index < end;
}
