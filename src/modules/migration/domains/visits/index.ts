// Visits: spec section 6.1. From NOMIS to the visit scheduler, in bulk; afterwards cancellations follow.
import { readOne } from '../../engine/calls.ts';
import { bulkOf, eventQueueOf } from '../../engine/declare.ts';
import type { Domain, SentEntity } from '../../engine/domain.ts';
import { cancelledVisit } from './cancelled-visit.ts';
import { compareVisits } from './compare-visits.ts';
import type { NomisVisit } from './nomis-visit.ts';
import { actedBy, outcomeOf, transformVisit, type VsipVisit } from './transform-visit.ts';
import { readVisitFilter, VisitFilter, visitQuery } from './visit-filter.ts';
import { visitMapping } from './visit-mapping.ts';
import { cancelVisit, createVisit, findVisit } from './visit-scheduler.ts';

export const visits: Domain<NomisVisit> = {
  type: 'VISITS',
  name: 'visits',
  title: 'Visits',
  telemetryName: 'visits',
  source: 'nomis',
  target: 'visits',
  mapping: visitMapping,
  read: readOne('/visits/{visitId}'),
  transform: transformVisit,
  create: (scheduler, body, call) => createVisit(scheduler, body as VsipVisit, call),
  find: (scheduler, body, call) => findVisit(scheduler, body as VsipVisit, call),
  undo: (scheduler, reference, call) =>
    cancelVisit(
      scheduler,
      reference,
      { actionedBy: 'SIGNALBOX', outcomeStatus: 'CANCELLATION', text: 'Migration undone' },
      call,
    ),
  // All that the scheduler lets a migration change is that a visit is cancelled.
  mend: async (scheduler, reference, visit, call) => {
    if (visit.visitStatus.code !== 'CANC') return;
    const outcomeStatus = outcomeOf(visit) ?? 'CANCELLATION';
    const actedOn = { actionedBy: actedBy(visit), outcomeStatus, text: 'Cancelled by NOMIS' };
    await cancelVisit(scheduler, reference, actedOn, call);
  },
  compare: compareVisits,
  bulk: bulkOf('visits', {
    retries: { backoffSeconds: [1, 1, 1, 1] },
    ids: { path: '/visits/ids', fields: ['visitId'] },
    filter: VisitFilter,
    readFilter: readVisitFilter,
    queryOf: visitQuery,
    telemetry: {
      formerNames: {
        started: 'nomis-migration-visits-started',
        migrated: 'nomis-migration-visit-migrated',
        completed: 'nomis-migration-visits-completed',
        cancelled: 'nomis-migration-visits-cancelled',
        cancelRequested: 'nomis-migration-visit-cancel-requested',
      },
      migrated: (visit, sent) => ({
        prisonId: visit.prisonId,
        offenderNo: visit.offenderNo,
        visitId: String(visit.visitId),
        vsipVisitId: sent.targetId,
        startDateTime: visit.startDateTime,
        room: roomOf(sent),
      }),
      rejected: {
        name: 'nomis-migration-visit-rejected',
        properties: (visit, sent) => ({
          prisonId: visit.prisonId,
          offenderNo: visit.offenderNo,
          nomisId: String(visit.visitId),
          startDateTime: visit.startDateTime,
          room: roomOf(sent),
        }),
      },
      duplicate: {
        name: 'nomis-migration-visit-duplicate',
        properties: (duplicate, existing) => ({
          duplicateVsipId: duplicate.dpsKey,
          duplicateNomisId: duplicate.nomisKey,
          existingVsipId: existing.dpsKey,
          existingNomisId: existing.nomisKey,
        }),
      },
      mappingFailed: {
        name: 'nomis-migration-visit-mapping-failed',
        properties: (mapping) => ({ nomisVisitId: mapping.nomisKey, vsipVisitId: mapping.dpsKey }),
      },
    },
  }),
  sync: {
    ...eventQueueOf('visits'),
    events: { VISIT_CANCELLED: cancelledVisit },
    telemetry: () => undefined,
  },
};

function roomOf(sent: SentEntity): string {
  return (sent.body as VsipVisit | undefined)?.visitRoom ?? '';
}
