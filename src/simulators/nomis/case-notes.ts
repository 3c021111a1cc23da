import { localDateTime } from '../hmpps/calendar.ts';
import { hash } from '../hmpps/random.ts';
import { bookingId, prisonerOfBooking, prisonOf } from './prisoners.ts';
import { createRecordSet, placeOfIndex, type RecordSet } from './record-set.ts';

export interface NomisCaseNote {
  readonly caseNoteId: number;
  readonly bookingId: number;
  readonly caseNoteText: string;
  readonly auditModuleName?: string;
}

const FIRST_CASE_NOTE_ID = 47_000_001;
const CASE_NOTES_PER_PRISONER = [3, 5, 2, 6];

const TYPES = [
  [
    { code: 'GEN', description: 'General' },
    { code: 'OSE', description: 'Offender Supervisor Entry' },
  ],
  [
    { code: 'KA', description: 'Key Worker' },
    { code: 'KS', description: 'Key Worker Session' },
  ],
  [
    { code: 'POS', description: 'Positive Behaviour' },
    { code: 'IEP_ENC', description: 'IEP Encouragement' },
  ],
  [
    { code: 'OBSERVE', description: 'Observations' },
    { code: 'OBS_GEN', description: 'General' },
  ],
] as const;

export function createCaseNotes(prisoners: number): RecordSet<NomisCaseNote> {
  return createRecordSet<NomisCaseNote>({
    perParent: CASE_NOTES_PER_PRISONER,
    parents: prisoners,
    idOf: ({ index }) => FIRST_CASE_NOTE_ID + index,
    placeOf: (id) => placeOfIndex(CASE_NOTES_PER_PRISONER, id - FIRST_CASE_NOTE_ID),
    parentOf: (note) => prisonerOfBooking(note.bookingId),
    make: ({ parent, index }) => caseNoteOf(FIRST_CASE_NOTE_ID + index, parent, hash(53, index)),
  });
}

function caseNoteOf(caseNoteId: number, prisoner: number, chance: number): NomisCaseNote {
  const [caseNoteType, caseNoteSubType] = TYPES[chance % TYPES.length] ?? TYPES[0];
  const seconds = 1_650_000_000 + (chance % 60_000_000);
  const prisonId = prisonOf(prisoner);
  const note = {
    caseNoteId,
    bookingId: bookingId(prisoner),
    caseNoteType,
    caseNoteSubType,
    noteSourceCode: 'INST',
    occurrenceDateTime: localDateTime(seconds),
    creationDateTime: localDateTime(seconds + 600),
    authorStaffId: 480_000 + (chance % 40),
    authorUsername: `QX_STAFF${chance % 40}`,
    authorFirstName: 'QUINN',
    authorLastName: 'EXAMPLE',
    ...(prisonId === 'OUT' ? {} : { prisonId }),
    caseNoteText: `Entry ${caseNoteId}: spoke with the prisoner, nothing to report.`,
    amendments: chance % 6 === 0 ? [amendmentAt(seconds + 86_400)] : [],
    createdDatetime: localDateTime(seconds + 600),
    createdUsername: `QX_STAFF${chance % 40}`,
    auditModuleName: 'OIDABCAS',
    sourceSystem: 'NOMIS',
  };
  return note;
}

function amendmentAt(seconds: number) {
  return {
    text: 'The name of the wing is corrected.',
    authorUsername: 'QX_STAFF3',
    authorStaffId: 480_003,
    authorFirstName: 'ROWAN',
    authorLastName: 'EXAMPLE',
    createdDateTime: localDateTime(seconds),
    sourceSystem: 'NOMIS',
  };
}
