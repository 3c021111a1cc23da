import { dateText } from '../hmpps/calendar.ts';
import { hash } from '../hmpps/random.ts';
import { bookingId, offenderNo, prisonerOfBooking, prisonOf } from './prisoners.ts';
import { createRecordSet, placeOfIndex, type RecordSet } from './record-set.ts';

export interface NomisAdjustment {
  readonly id: number;
  readonly bookingId: number;
  readonly bookingSequence: number;
  readonly hasBeenReleased: boolean;
  readonly prisonId: string;
  readonly offenderNo: string;
  readonly sentenceSequence?: number;
  readonly adjustmentType: { readonly code: string; readonly description: string };
  readonly adjustmentDate?: string;
  readonly adjustmentFromDate?: string;
  readonly adjustmentToDate?: string;
  readonly adjustmentDays: number;
  readonly comment?: string;
  readonly active: boolean;
  readonly hiddenFromUsers?: boolean;
}

/** Ids of the two categories overlap, as they do in NOMIS. */
const FIRST_ADJUSTMENT_ID = 150_001;
const SENTENCES_PER_PRISONER = [2, 1, 0, 3];
const KEY_DATES_PER_PRISONER = [1, 0, 1, 0];

const SENTENCE_TYPES = [
  { code: 'RSR', description: 'Recall Sentence Remand' },
  { code: 'RST', description: 'Recall Sentence Tagged Bail' },
  { code: 'RX', description: 'Remand' },
  { code: 'S240A', description: 'Tagged Bail' },
  { code: 'UR', description: 'Unused Remand' },
];
const KEY_DATE_TYPES = [
  { code: 'ADA', description: 'Additional Days Awarded' },
  { code: 'RADA', description: 'Restored Additional Days Awarded' },
  { code: 'UAL', description: 'Unlawfully At Large' },
  { code: 'LAL', description: 'Lawfully At Large' },
  { code: 'SREM', description: 'Special Remission' },
];

export function createSentenceAdjustments(prisoners: number): RecordSet<NomisAdjustment> {
  return adjustments(prisoners, SENTENCES_PER_PRISONER, (common, nth, chance) => ({
    ...common,
    sentenceSequence: nth + 1,
    adjustmentType: SENTENCE_TYPES[chance % SENTENCE_TYPES.length] ?? SENTENCE_TYPES[0],
    hiddenFromUsers: false,
  }));
}

export function createKeyDateAdjustments(prisoners: number): RecordSet<NomisAdjustment> {
  return adjustments(prisoners, KEY_DATES_PER_PRISONER, (common, _nth, chance) => ({
    ...common,
    adjustmentType: KEY_DATE_TYPES[chance % KEY_DATE_TYPES.length] ?? KEY_DATE_TYPES[0],
  }));
}

function adjustments(
  prisoners: number,
  perParent: readonly number[],
  complete: (common: Omit<NomisAdjustment, 'adjustmentType'>, nth: number, chance: number) => object,
): RecordSet<NomisAdjustment> {
  return createRecordSet<NomisAdjustment>({
    perParent,
    parents: prisoners,
    idOf: ({ index }) => FIRST_ADJUSTMENT_ID + index,
    placeOf: (id) => placeOfIndex(perParent, id - FIRST_ADJUSTMENT_ID),
    parentOf: (record) => prisonerOfBooking(record.bookingId),
    make({ parent, nth, index }) {
      const chance = hash(41, index);
      // `complete` adds the type, the one member that is missing.
      return complete(common(FIRST_ADJUSTMENT_ID + index, parent, chance), nth, chance) as NomisAdjustment;
    },
  });
}

function common(id: number, prisoner: number, chance: number): Omit<NomisAdjustment, 'adjustmentType'> {
  const day = 18_000 + (chance % 1500);
  const days = 1 + (chance % 90);
  const prisonId = prisonOf(prisoner);
  return {
    id,
    bookingId: bookingId(prisoner),
    bookingSequence: 1,
    offenderNo: offenderNo(prisoner),
    prisonId,
    hasBeenReleased: prisonId === 'OUT',
    adjustmentDate: dateText(day),
    adjustmentFromDate: dateText(day),
    adjustmentToDate: dateText(day + days - 1),
    adjustmentDays: days,
    ...(chance % 3 === 0 ? { comment: 'Entered from the warrant' } : {}),
    active: chance % 11 !== 0,
  };
}
