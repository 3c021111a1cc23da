import { wordOf } from '../../engine/codes.ts';
import type { SyncEvent } from '../../engine/domain.ts';
import { keyIn } from '../../engine/message-values.ts';
import { UpstreamError } from '../../upstreams/index.ts';
import type { NomisVisit } from './nomis-visit.ts';
import { actedBy } from './transform-visit.ts';
import { OUTCOME_BY_CODE } from './visit-codes-data.ts';
import { cancelVisit } from './visit-scheduler.ts';

/** The user under whom the new service writes to NOMIS. */
const NEW_SERVICE_USER = 'PRISONER_MANAGER_API';

const keyOf = keyIn('visitId');

/** VISIT_CANCELLED: spec section 6.1.4. */
export const cancelledVisit: SyncEvent<NomisVisit> = {
  keyOf,
  action: async (tools) => {
    const key = keyOf(tools.message);
    const visit = await tools.read(key);
    if (!visit) {
      throw new UpstreamError(tools.source.name, 404, {
        method: 'GET',
        template: '/visits/{visitId}',
        body: '',
      });
    }
    if (visit.modifyUserId === NEW_SERVICE_USER) return;
    const reference = await tools.findMapping(key);
    if (reference === undefined) {
      // Not migrated: nothing to cancel. On its way at this moment: the cancellation must not be lost.
      if (await tools.isBeingCreated(key)) throw tools.later();
      return;
    }
    const outcomeStatus = wordOf(OUTCOME_BY_CODE, visit.visitOutcome?.code) ?? 'CANCELLATION';
    const actionedBy = actedBy(visit);
    await cancelVisit(
      tools.target,
      reference,
      { actionedBy, outcomeStatus, text: 'Cancelled by NOMIS' },
      tools.call,
    );
    tools.emit('visit-cancellation-synchronisation', {
      offenderNo: visit.offenderNo,
      vsipId: reference,
      nomisVisitId: key,
      vsipOutcome: outcomeStatus,
    });
  },
};
