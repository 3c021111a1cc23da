// Case notes: appendix A.
import { removeOne, send } from '../../engine/calls.ts';
import { bulkOf, eventQueueOf, integers, mappingOf } from '../../engine/declare.ts';
import type { Domain, SyncEvent, SyncMessage } from '../../engine/domain.ts';
import { readWithOwner } from '../booking-owner.ts';
import { bulkTelemetry } from '../bulk-telemetry.ts';
import { isAuditOfNewServices, numberIn } from '../message-values.ts';
import { rowTelemetry } from '../row-telemetry.ts';
import { isMergeCopy, ownerEvents } from './moved-case-notes.ts';
import { type NomisCaseNote, type SyncCaseNote, toSyncCaseNote } from './sync-case-note.ts';

/** With an id in its body the note is updated, without one it is made. */
const SYNC = { method: 'PUT', template: '/sync/case-notes' } as const;
const keyOf = (message: SyncMessage) => String(numberIn(message, 'caseNoteId'));
const upserted: SyncEvent<NomisCaseNote> = { keyOf, action: 'upsert' };
const idsOf = (key: string, targetId: string) => ({ nomisCaseNoteId: key, dpsCaseNoteId: targetId });

export const caseNotes: Domain<NomisCaseNote> = {
  type: 'CASENOTES',
  name: 'casenotes',
  title: 'Case notes',
  telemetryName: 'casenotes',
  source: 'nomis',
  target: 'caseNotes',
  mapping: mappingOf('CaseNote', {
    path: '/mapping/casenotes',
    firstCheck: 'nomis',
    nomisFields: integers('nomisCaseNoteId'),
    dpsField: 'dpsCaseNoteId',
    nomisPath: '/mapping/casenotes/nomis-casenote-id/{nomisCaseNoteId}',
    dpsPath: '/mapping/casenotes/dps-casenote-id/{dpsCaseNoteId}',
    noun: 'Casenote',
    extraFields: ['offenderNo', 'nomisBookingId'],
    sharesDps: true,
    takesBatches: true,
    listPath: '/mapping/casenotes/nomis-casenote-id',
  }),
  read: readWithOwner('/casenotes/{caseNoteId}'),
  transform: toSyncCaseNote,
  create: async (target, body, call) => {
    const made = await send<{ id: string }>(target, { ...SYNC, body }, call);
    return { status: 'accepted', targetId: made.id };
  },
  update: (target, id, body, call) =>
    send(target, { ...SYNC, body: { ...(body as SyncCaseNote), id } }, call),
  remove: removeOne('/sync/case-notes/{id}'),
  extraOf: ({ offenderNo, bookingId }) => ({ offenderNo, nomisBookingId: bookingId }),
  bulk: bulkOf('casenotes', {
    ids: { path: '/casenotes/ids', fields: ['caseNoteId'] },
    telemetry: bulkTelemetry('casenote', idsOf, ({ offenderNo, bookingId }) => ({
      offenderNo,
      bookingId: String(bookingId),
    })),
  }),
  sync: {
    ...eventQueueOf('casenotes'),
    events: {
      'OFFENDER_CASE_NOTES-INSERTED': upserted,
      'OFFENDER_CASE_NOTES-UPDATED': upserted,
      'OFFENDER_CASE_NOTES-DELETED': { keyOf, action: 'delete' },
      ...ownerEvents,
    },
    isRecordEcho: (note) => isAuditOfNewServices(note.auditModuleName) || isMergeCopy(note),
    telemetry: rowTelemetry('casenotes', ({ key, targetId, record, message }) => ({
      nomisCaseNoteId: key,
      dpsCaseNoteId: targetId,
      offenderNo: record?.offenderNo ?? message.offenderIdDisplay,
      bookingId: record?.bookingId ?? message.bookingId,
    })),
  },
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
};
