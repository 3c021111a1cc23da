/** Records that a function makes from their place, with the few that were changed, added or deleted since. */
export interface RecordSet<T extends object> {
  get(id: number): T | undefined;
  /** Those of one parent, in order, with what was added and without what was deleted. */
  ofParent(parent: number): T[];
  readonly count: number;
  /** Ids of all in order, from the position on. */
  ids(position: number, count: number): number[];
  /** Creates the record, or changes the members given; a null takes a member away. */
  put(id: number, members: Readonly<Record<string, unknown>>): void;
  remove(id: number): boolean;
  clear(): void;
}

export interface RecordPlan<T extends object> {
  /** How many records each parent has, in turn. */
  readonly perParent: readonly number[];
  readonly parents: number;
  /** The parent by index, and which of its records it is, from 0. */
  make(place: Place): T;
  idOf(place: Place): number;
  placeOf(id: number): Pick<Place, 'parent' | 'nth'> | undefined;
  /** The parent that a record names, which need not be the planned one once it was changed. */
  parentOf(record: T): number | undefined;
}

export interface Place {
  readonly parent: number;
  readonly nth: number;
  /** Among all records, from 0. */
  readonly index: number;
}

export function createRecordSet<T extends object>(plan: RecordPlan<T>): RecordSet<T> {
  const { perParent, parents } = plan;
  const starts = startsOf(perParent);
  const perRound = starts.at(-1) ?? 0;
  /** Null for a deleted one. */
  const changed = new Map<number, T | null>();

  const countOf = (parent: number): number =>
    parent >= 0 && parent < parents ? (perParent[parent % perParent.length] ?? 0) : 0;
  const indexOf = (parent: number, nth: number): number =>
    Math.floor(parent / perParent.length) * perRound + (starts[parent % perParent.length] ?? 0) + nth;
  const planned = (id: number): Place | undefined => {
    const place = plan.placeOf(id);
    if (!place || place.nth < 0 || place.nth >= countOf(place.parent)) return undefined;
    return { ...place, index: indexOf(place.parent, place.nth) };
  };
  const get = (id: number): T | undefined => {
    const known = changed.get(id);
    if (known !== undefined) return known ?? undefined;
    const place = planned(id);
    return place && plan.make(place);
  };
  const plannedCount = indexOf(parents, 0);
  const added = (): number[] => [...changed.keys()].filter((id) => !planned(id) && changed.get(id) !== null);

  function* idsFrom(firstParent: number): Generator<number> {
    for (let parent = firstParent; parent < parents; parent += 1) {
      for (let nth = 0; nth < countOf(parent); nth += 1) {
        yield plan.idOf({ parent, nth, index: indexOf(parent, nth) });
      }
    }
    yield* added();
  }

  return {
    get,
    ofParent(parent) {
      const ids = Array.from({ length: countOf(parent) }, (_, nth) =>
        plan.idOf({ parent, nth, index: indexOf(parent, nth) }),
      );
      const all = new Set([...ids, ...changed.keys()]);
      return [...all].flatMap((id) => {
        const record = get(id);
        return record && plan.parentOf(record) === parent ? [record] : [];
      });
    },
    get count() {
      const deleted = [...changed].filter(([id, record]) => record === null && planned(id)).length;
      return plannedCount - deleted + added().length;
    },
    ids(position, count) {
      // Without deleted ones whole rounds are passed over, so that a late page costs as little as the first.
      const whole = [...changed.values()].includes(null)
        ? 0
        : Math.floor(Math.min(position, plannedCount) / perRound);
      const skip = position - whole * perRound;
      const found: number[] = [];
      for (const id of idsFrom(whole * perParent.length)) {
        if (changed.get(id) === null) continue;
        if (found.length >= skip + count) break;
        found.push(id);
      }
      return found.slice(skip);
    },
    put(id, members) {
      const merged = { ...get(id), ...members };
      // The caller gives what the upstream's record holds; a record of this set is a plain object of such members.
      changed.set(id, Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)) as T);
    },
    remove(id) {
      if (!get(id)) return false;
      changed.set(id, null);
      return true;
    },
    clear: () => changed.clear(),
  };
}

/** How many records the parents before each one of a round have, and at the end all of the round. */
function startsOf(perParent: readonly number[]): number[] {
  const starts = [0];
  for (const count of perParent) starts.push((starts.at(-1) ?? 0) + count);
  return starts;
}

/** The place of the record with that index, for records numbered one after another. */
export function placeOfIndex(
  perParent: readonly number[],
  index: number,
): { parent: number; nth: number } | undefined {
  if (index < 0) return undefined;
  const starts = startsOf(perParent);
  const perRound = starts.at(-1) ?? 0;
  const rest = index % perRound;
  const within = starts.findLastIndex((start, place) => place < perParent.length && start <= rest);
  return {
    parent: Math.floor(index / perRound) * perParent.length + within,
    nth: rest - (starts[within] ?? 0),
  };
}
