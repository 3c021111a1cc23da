// Case notes: appendix A.
import { Type } from 'typebox';
import type { CallContext, Domain, SyncEvent, SyncMessage } from '../../engine/domain.ts';
import type { Upstream } from '../../upstreams/index.ts';
import { bulkTelemetry } from '../bulk-telemetry.ts';
import { isAuditOfNewServices, numberIn } from '../message-values.ts';
import { rowTelemetry } from '../row-telemetry.ts';
import { ownerOfBooking, readIdsFrom } from '../source-pages.ts';
import { isMergeCopy, ownerEvents } from './moved-case-notes.ts';
import { type NomisCaseNote, type SyncCaseNote, toSyncCaseNote } from './sync-case-note.ts';

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
  mapping: {
    path: '/mapping/casenotes',
    firstCheck: 'nomis',
    mappingTypes: ['MIGRATED', 'NOMIS_CREATED', 'DPS_CREATED'],
    nomisFields: [{ name: 'nomisCaseNoteId', kind: 'integer' }],
    dpsField: 'dpsCaseNoteId',
    nomisPath: '/mapping/casenotes/nomis-casenote-id/{nomisCaseNoteId}',
    dpsPath: '/mapping/casenotes/dps-casenote-id/{dpsCaseNoteId}',
    dtoName: 'CaseNoteMappingDto',
    noun: 'Casenote',
    notFound: { nomis: (key) => `caseNoteId=${key}`, dps: (key) => `dpsCaseNoteId=${key}` },
    pageShape: 'A',
    extraFields: ['offenderNo', 'nomisBookingId'],
  },
  read: async (nomis, key, call) => {
    const note = await nomis.read<Omit<NomisCaseNote, 'offenderNo'>>({
      path: `/casenotes/${key}`,
      template: '/casenotes/{caseNoteId}',
      ...call,
    });
    if (!note) return undefined;
    const offenderNo = await ownerOfBooking(nomis, note.bookingId, call);
    return offenderNo === undefined ? undefined : { ...note, offenderNo };
  },
  transform: toSyncCaseNote,
  create: async (target, body, { idempotencyKey, isBulk: _, ...call }) => {
    const note = body as SyncCaseNote;
    const made = await sync(target, note, { headers: { 'idempotency-key': idempotencyKey }, ...call });
    return { status: 'accepted', targetId: made.id };
  },
  update: async (target, id, body, call) => {
    await sync(target, { ...(body as SyncCaseNote), id }, call);
  },
  remove: async (target, id, call) => {
    const path = `/sync/case-notes/${encodeURIComponent(id)}`;
    await target.request({
      method: 'DELETE',
      path,
      template: '/sync/case-notes/{id}',
      accept: [404],
      ...call,
    });
  },
  bulk: {
    queueId: 'migrationcasenotes',
    queueName: 'migration_casenotes_queue',
    dlqName: 'migration_casenotes_dlq',
    startPath: '/migrate/casenotes',
    roles: ['ROLE_MIGRATE_CASENOTES'],
    filter: Type.Object({}),
    readFilter: () => ({}),
    paging: 'by-page-number',
    pageSize: 1_000,
    readIds: readIdsFrom<{ caseNoteId: number }>('/casenotes/ids', ({ caseNoteId }) => String(caseNoteId)),
    entityBody: (key) => ({ caseNoteId: Number(key) }),
    telemetry: bulkTelemetry('casenote', idsOf, ({ offenderNo, bookingId }) => ({
      offenderNo,
      bookingId: String(bookingId),
    })),
  },
  sync: {
    queueId: 'eventcasenotes',
    queueName: 'prisoner_from_nomis_casenotes_queue',
    dlqName: 'prisoner_from_nomis_casenotes_dl_queue',
    switchDomain: 'casenotes',
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
      roles: ['ROLE_MIGRATE_CASENOTES'],
      run: async ({ nomisCaseNoteId = '' }, tools) => {
        await tools.remove(nomisCaseNoteId);
      },
    },
  ],
};

/** With an id the note is updated, without one it is made. */
async function sync(
  target: Upstream,
  body: SyncCaseNote & { id?: string },
  call: CallContext & { headers?: Record<string, string> },
): Promise<{ id: string }> {
  const path = '/sync/case-notes';
  const answer = await target.request({ method: 'PUT', path, template: path, body, ...call });
  return JSON.parse(answer.text) as { id: string };
}
