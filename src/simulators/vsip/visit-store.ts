import { localDateTime } from '../hmpps/calendar.ts';
import { prisonerIndex } from '../nomis/prisoners.ts';
import { FIRST_VISIT_ID } from '../nomis/visits/visit-json.ts';
import { bytes, type Column, createColumn, createTextList, doubles, words } from './columns.ts';
import type { MigratedVisit } from './migrate-visit.ts';
import { referenceOf } from './visit-reference.ts';

const BUCKETS = 1 << 16;

export interface VisitSearch {
  readonly prisonerId: string | undefined;
  readonly prisonId: string | undefined;
  /** Days since 1970, both inclusive. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly statuses: readonly string[];
}

export interface AuditRow {
  readonly id: string;
  readonly created: number;
  readonly changed: number;
  readonly deleted: number;
}

/** The visits that the scheduler made, by their number, in columns of numbers. */
export interface VisitStore {
  readonly count: number;
  /** `nomisId` is the visit it came from, when it can be told. */
  add(visit: MigratedVisit, nomisId: number | undefined): number;
  status(sequence: number): string;
  cancel(sequence: number, outcome: string): void;
  /** The public shape. */
  visit(sequence: number): Readonly<Record<string, unknown>>;
  /** How many visits fit, and the numbers of one page of them, in the order in which they were made. */
  search(search: VisitSearch, page: { first: number; size: number }): { total: number; sequences: number[] };
  /** How often each visit of NOMIS was made and cancelled here, by its id there; else by what it says. */
  audit(): Generator<AuditRow>;
}

export function createVisitStore(): VisitStore {
  const texts = createTextList();
  const column = {
    prisoner: createColumn(words),
    prison: createColumn(words),
    room: createColumn(words),
    restriction: createColumn(words),
    status: createColumn(words),
    outcome: createColumn(words),
    start: createColumn(words),
    end: createColumn(words),
    created: createColumn(words),
    nomisId: createColumn(words),
    changes: createColumn(bytes),
    /** How often the visit of NOMIS in this place was made and cancelled. */
    made: createColumn(bytes),
    cancelled: createColumn(bytes),
    firstPerson: createColumn(words),
    people: createColumn(bytes),
    /** Number + 1 of the visit before this one in the same bucket of prisoners. */
    before: createColumn(words),
  };
  const persons = createColumn(doubles);
  const buckets = new Uint32Array(BUCKETS);
  /** Numbers of visits that are none of NOMIS. */
  const others: number[] = [];
  const statusesMade = new Set(['CANCELLED']);
  let recognised = 0;
  let personCount = 0;
  let count = 0;

  const personIds = (sequence: number): number[] =>
    Array.from({ length: column.people.get(sequence) }, (_, nth) =>
      persons.get(column.firstPerson.get(sequence) + nth),
    );

  function fits(sequence: number, search: VisitSearch): boolean {
    const day = Math.floor(column.start.get(sequence) / 86_400);
    return (
      (search.prisonerId === undefined || texts.text(column.prisoner.get(sequence)) === search.prisonerId) &&
      (search.prisonId === undefined || texts.text(column.prison.get(sequence)) === search.prisonId) &&
      (search.from === undefined || day >= search.from) &&
      (search.to === undefined || day <= search.to) &&
      search.statuses.includes(texts.text(column.status.get(sequence)))
    );
  }

  /** Then a page is a range: who lists a million visits asks for a thousand pages. */
  function isEverything({ prisonerId, prisonId, from, to, statuses }: VisitSearch): boolean {
    const isUnfiltered = [prisonerId, prisonId, from, to].every((value) => value === undefined);
    return isUnfiltered && [...statusesMade].every((status) => statuses.includes(status));
  }

  function candidates(prisonerId: string | undefined): number[] {
    if (prisonerId === undefined) return range(0, count);
    const found: number[] = [];
    for (let next = buckets[bucketOf(prisonerId)] ?? 0; next > 0; next = column.before.get(next - 1)) {
      found.push(next - 1);
    }
    return found.reverse();
  }

  function countMade(place: number): void {
    increment(column.made, place);
    recognised = Math.max(recognised, place + 1);
  }

  return {
    get count() {
      return count;
    },
    add(visit, nomisId) {
      const sequence = count;
      count += 1;
      column.prisoner.set(sequence, texts.numberOf(visit.prisonerId));
      column.prison.set(sequence, texts.numberOf(visit.prisonId));
      column.room.set(sequence, texts.numberOf(visit.visitRoom));
      column.restriction.set(sequence, texts.numberOf(visit.visitRestriction));
      column.status.set(sequence, texts.numberOf(visit.visitStatus));
      statusesMade.add(visit.visitStatus);
      column.outcome.set(sequence, texts.numberOf(visit.outcomeStatus));
      column.start.set(sequence, visit.start);
      column.end.set(sequence, visit.end);
      column.created.set(sequence, visit.created ?? 0);
      column.nomisId.set(sequence, nomisId ?? 0);
      if (nomisId === undefined) others.push(sequence);
      else countMade(nomisId - FIRST_VISIT_ID);
      column.firstPerson.set(sequence, personCount);
      column.people.set(sequence, visit.personIds.length);
      for (const [nth, id] of visit.personIds.entries()) persons.set(personCount + nth, id);
      personCount += visit.personIds.length;
      const bucket = bucketOf(visit.prisonerId);
      column.before.set(sequence, buckets[bucket] ?? 0);
      buckets[bucket] = sequence + 1;
      return sequence;
    },
    status: (sequence) => texts.text(column.status.get(sequence)),
    cancel(sequence, outcome) {
      column.status.set(sequence, texts.numberOf('CANCELLED'));
      column.outcome.set(sequence, texts.numberOf(outcome));
      const nomisId = column.nomisId.get(sequence);
      increment(
        nomisId === 0 ? column.changes : column.cancelled,
        nomisId === 0 ? sequence : nomisId - FIRST_VISIT_ID,
      );
    },
    visit: (sequence) => ({
      applicationReference: referenceOf(sequence),
      reference: referenceOf(sequence),
      prisonerId: texts.text(column.prisoner.get(sequence)),
      prisonId: texts.text(column.prison.get(sequence)),
      visitRoom: texts.text(column.room.get(sequence)),
      visitType: 'SOCIAL',
      visitStatus: texts.text(column.status.get(sequence)),
      outcomeStatus: texts.text(column.outcome.get(sequence)),
      visitRestriction: texts.text(column.restriction.get(sequence)),
      startTimestamp: localDateTime(column.start.get(sequence)),
      endTimestamp: localDateTime(column.end.get(sequence)),
      visitNotes: [],
      visitors: personIds(sequence).map((nomisPersonId) => ({ nomisPersonId })),
      createdTimestamp: localDateTime(column.created.get(sequence)),
    }),
    search(search, { first, size }) {
      if (isEverything(search))
        return { total: count, sequences: range(first, Math.min(first + size, count)) };
      const found = candidates(search.prisonerId).filter((sequence) => fits(sequence, search));
      return { total: found.length, sequences: found.slice(first, first + size) };
    },
    *audit() {
      for (let place = 0; place < recognised; place += 1) {
        const created = column.made.get(place);
        if (created === 0) continue;
        yield {
          id: String(FIRST_VISIT_ID + place),
          created,
          changed: column.cancelled.get(place),
          deleted: 0,
        };
      }
      yield* auditOthers();
    },
  };

  /** Those that came from elsewhere: seldom many, so they are counted when somebody asks. */
  function* auditOthers(): Generator<AuditRow> {
    const rows = new Map<string, { created: number; changed: number }>();
    for (const sequence of others) {
      const key = contentKey(sequence);
      const row = rows.get(key) ?? { created: 0, changed: 0 };
      row.created += 1;
      row.changed += column.changes.get(sequence);
      rows.set(key, row);
    }
    for (const [id, row] of rows) yield { id, ...row, deleted: 0 };
  }

  function contentKey(sequence: number): string {
    const prisoner = texts.text(column.prisoner.get(sequence));
    return `${prisoner} ${localDateTime(column.created.get(sequence))} ${personIds(sequence).join('+')}`;
  }
}

function range(first: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, nth) => first + nth);
}

/** Counts as far as a byte goes, far beyond what a duplicate looks like. */
function increment(counts: Column, place: number): void {
  counts.set(place, Math.min(255, counts.get(place) + 1));
}

/** Prisoners by number; what is no offender number lands in one bucket. */
function bucketOf(prisonerId: string): number {
  return (prisonerIndex(prisonerId) ?? 0) % BUCKETS;
}
