// Spec sections 6.1.1 (rooms), 6.1.2 (body) and 6.1.3 (outcomes).
import { translate } from '../../engine/codes.ts';
import { type TransformTools, UnsendableError } from '../../engine/domain.ts';
import { oneYearAfter } from '../../engine/local-time.ts';
import type { NomisVisit } from './nomis-visit.ts';
import { prisonTimesOf } from './prison-times.ts';
import {
  OUTCOME_BY_CODE,
  OUTCOME_BY_STATUS,
  STATUSES_WITHOUT_OUTCOME,
  TYPE_BY_CODE,
} from './visit-codes-data.ts';

/** What `POST /migrate-visits` takes. Undefined members are not printed. */
export interface VsipVisit {
  prisonerId: string;
  prisonId: string;
  startTimestamp: string;
  endTimestamp: string;
  visitType: string;
  visitStatus: string;
  outcomeStatus?: string | undefined;
  visitRoom: string;
  visitRestriction: string;
  contactList: { nomisPersonId: number }[];
  visitors: { nomisPersonId: number }[];
  legacyData?: { leadVisitorId: number } | undefined;
  visitContact?: { name: string; telephone?: string | undefined } | undefined;
  visitNotes: { type: string; text: string }[];
  actionedBy: string;
  createDateTime: string;
  modifyDateTime?: string | undefined;
}

export async function transformVisit(visit: NomisVisit, tools: TransformTools): Promise<VsipVisit> {
  const today = tools.now.slice(0, 10);
  const isFuture = visit.startDateTime.slice(0, 10) >= today;
  const visitType = translate('visit type', TYPE_BY_CODE, visit.visitType.code);
  const times = prisonTimesOf(isFuture ? tools.prisonTimes : [], visit);
  const room = await chooseRoom(visit, today, tools);
  const contactList = visit.visitors.map(({ personId }) => ({ nomisPersonId: personId }));
  const lead = visit.leadVisitor ?? undefined;
  return {
    prisonerId: visit.offenderNo,
    prisonId: visit.prisonId,
    startTimestamp: times.start,
    endTimestamp: times.end,
    visitType,
    visitStatus: visit.visitStatus.code === 'CANC' ? 'CANCELLED' : 'BOOKED',
    outcomeStatus: outcomeOf(visit),
    ...room,
    contactList,
    visitors: [...new Set(contactList.map((contact) => contact.nomisPersonId))].map((nomisPersonId) => ({
      nomisPersonId,
    })),
    legacyData: lead && { leadVisitorId: lead.personId },
    visitContact: lead && { name: lead.fullName, telephone: lead.telephones[0] },
    visitNotes: isFuture ? notesOf(visit) : [],
    actionedBy: actedBy(visit),
    createDateTime: visit.whenCreated.slice(0, 19),
    modifyDateTime: visit.whenUpdated?.slice(0, 19),
  };
}

export function actedBy(visit: NomisVisit): string {
  return visit.modifyUserId ?? visit.createUserId;
}

/** Undefined when none is sent. The status counts, and is checked, only where there is no outcome. */
export function outcomeOf(visit: Pick<NomisVisit, 'visitOutcome' | 'visitStatus'>): string | undefined {
  if (visit.visitOutcome) return translate('visit outcome', OUTCOME_BY_CODE, visit.visitOutcome.code);
  const { code } = visit.visitStatus;
  return STATUSES_WITHOUT_OUTCOME.has(code) ? undefined : translate('visit status', OUTCOME_BY_STATUS, code);
}

async function chooseRoom(
  visit: NomisVisit,
  today: string,
  tools: TransformTools,
): Promise<{ visitRoom: string; visitRestriction: string }> {
  const date = visit.startDateTime.slice(0, 10);
  const description = visit.agencyInternalLocation?.description;
  if (date < today || date > oneYearAfter(today)) {
    return { visitRoom: description ?? 'UNKNOWN', visitRestriction: 'UNKNOWN' };
  }
  const room = description === undefined ? undefined : await tools.findRoom(visit.prisonId, description);
  if (!room) throw noRoom(visit, description);
  return { visitRoom: room.vsipId, visitRestriction: room.isOpen ? 'OPEN' : 'CLOSED' };
}

function noRoom(visit: NomisVisit, description: string | undefined): UnsendableError {
  return new UnsendableError(
    `No room mapping found for prisonId ${visit.prisonId} and agencyInternalLocationDescription ${
      description ?? 'NO NOMIS ROOM MAPPING FOUND'
    }`,
    {
      name: 'nomis-migration-visit-no-room-mapping',
      properties: {
        prisonId: visit.prisonId,
        offenderNo: visit.offenderNo,
        visitId: String(visit.visitId),
        startDateTime: visit.startDateTime,
        agencyInternalLocation: description ?? '',
      },
    },
  );
}

function notesOf(visit: NomisVisit): { type: string; text: string }[] {
  const notes: { type: string; text: string }[] = [];
  if (visit.commentText != null) notes.push({ type: 'VISIT_COMMENT', text: visit.commentText });
  if (visit.visitorConcernText != null) {
    notes.push({ type: 'VISITOR_CONCERN', text: visit.visitorConcernText });
  }
  return notes;
}
