// Case notes: appendix A.
import { removeOne, upsertAt } from '../../engine/calls.ts';
import { integers, mappingOf } from '../../engine/declare.ts';
import { prisonerEvents, rowEvents } from '../../engine/events.ts';
import { isAuditOfNewServices, numberIn } from '../../engine/message-values.ts';
import { recordDomain } from '../../engine/record-domain.ts';
import { readWithOwner } from '../booking-owner.ts';
import { isMergeCopy, moveNotes } from './moved-case-notes.ts';
import { type NomisCaseNote, toSyncCaseNote } from './sync-case-note.ts';

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
  tells: {
    noun: { bulk: 'casenote', sync: 'casenotes' },
    facts: (note, message) => ({
      offenderNo: note?.offenderNo ?? message.offenderIdDisplay,
      bookingId: note?.bookingId ?? message.bookingId,
    }),
  },
  events: {
    ...rowEvents('OFFENDER_CASE_NOTES', (message) => String(numberIn(message, 'caseNoteId'))),
    ...prisonerEvents({ merged: moveNotes, moved: moveNotes }),
  },
  isRecordEcho: (note) => isAuditOfNewServices(note.auditModuleName) || isMergeCopy(note),
  repairs: [
    {
      method: 'DELETE',
      path: '/casenotes/:nomisCaseNoteId/repair',
      summary: 'Delete a case note that NOMIS has deleted',
      run: async ({ nomisCaseNoteId = '' }, tools) => {
        await tools.remove(nomisCaseNoteId);
      },
    },
  ],
});
