// Case notes: appendix A.
import { readOne, removeOne, upsertAt } from '../../engine/calls.ts';
import { integers, mappingOf } from '../../engine/declare.ts';
import { repairGone, rowEvents } from '../../engine/events.ts';
import { isAuditOfNewServices, keyIn } from '../../engine/message-values.ts';
import { moveEvents } from '../../engine/moved-records.ts';
import { recordDomain } from '../../engine/record-domain.ts';
import { readWithOwner } from '../booking-owner.ts';
import { type NomisCaseNote, toSyncCaseNote } from './case-note.ts';

const readAll = readOne<{ caseNotes: NomisCaseNote[] }>('/prisoners/{offenderNo}/casenotes');
const isMergeCopy = (note: NomisCaseNote) => note.auditModuleName === 'MERGE';

export const caseNotes = recordDomain<NomisCaseNote>({
  type: 'CASENOTES',
  name: 'casenotes',
  title: 'Case notes',
  target: 'caseNotes',
  mapping: mappingOf('CaseNote', {
    path: '/mapping/casenotes',
    firstCheck: 'nomis',
    nomisFields: integers('nomisCaseNoteId'),
    nomisPath: '/mapping/casenotes/nomis-casenote-id/{nomisCaseNoteId}',
    dpsField: 'dpsCaseNoteId',
    dpsPath: '/mapping/casenotes/dps-casenote-id/{dpsCaseNoteId}',
    noun: 'Casenote',
    extraFields: ['offenderNo', 'nomisBookingId'],
    sharesDps: true,
    takesBatches: true,
    listPath: '/mapping/casenotes/nomis-casenote-id',
  }),
  extraOf: ({ offenderNo, bookingId }) => ({ offenderNo, nomisBookingId: bookingId }),
  ids: { path: '/casenotes/ids', fields: ['caseNoteId'] },
  read: readWithOwner('/casenotes/{caseNoteId}'),
  transform: toSyncCaseNote,
  ...upsertAt('PUT', '/sync/case-notes'),
  remove: removeOne('/sync/case-notes/{id}'),
  compare: { ofSource: toSyncCaseNote },
  tells: {
    noun: { bulk: 'casenote', sync: 'casenotes' },
    facts: (note, message) => ({
      offenderNo: note?.offenderNo ?? message.offenderIdDisplay,
      bookingId: note?.bookingId ?? message.bookingId,
    }),
  },
  events: {
    ...rowEvents('OFFENDER_CASE_NOTES', keyIn('caseNoteId')),
    ...moveEvents<NomisCaseNote>({
      readAll: async ({ source, call }, who) => (await readAll(source, who, call))?.caseNotes ?? [],
      keyOf: (note) => String(note.caseNoteId),
      isCopy: isMergeCopy,
      contentOf: ({ caseNoteType, caseNoteSubType, occurrenceDateTime, authorStaffId, caseNoteText }) =>
        JSON.stringify([
          caseNoteType.code,
          caseNoteSubType.code,
          occurrenceDateTime,
          authorStaffId,
          caseNoteText,
        ]),
      move: {
        template: '/move/case-notes',
        bodyOf: ({ from, to, ids }) => ({
          fromPersonIdentifier: from,
          toPersonIdentifier: to,
          caseNoteIds: ids,
        }),
      },
      tells: { name: 'casenotes-synchronisation-moved', count: 'caseNotes' },
    }),
  },
  isRecordEcho: (note) => isAuditOfNewServices(note.auditModuleName) || isMergeCopy(note),
  repairs: [repairGone('/casenotes/:nomisCaseNoteId/repair', 'Delete a case note that NOMIS has deleted')],
});
