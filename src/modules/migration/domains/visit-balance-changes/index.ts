// Changes of visit balances. The target adds each to the balance, so none may be sent twice.
import { readOne, send } from '../../engine/calls.ts';
import { integers, mappingOf } from '../../engine/declare.ts';
import { RefusedRecordError, type TransformTools } from '../../engine/domain.ts';
import { isFromOrUnsigned, keyIn, textIn } from '../../engine/message-values.ts';
import { recordDomain } from '../../engine/record-domain.ts';

/** `GET /visit-balances/visit-balance-adjustment/{id}`: whose it is only the event says. */
interface NomisBalanceAdjustment {
  visitOrderChange?: number;
  previousVisitOrderCount?: number;
  privilegedVisitOrderChange?: number;
  previousPrivilegedVisitOrderCount?: number;
  adjustmentReason: { code: string };
  adjustmentDate: string;
  comment?: string;
  createUsername: string;
  latestBooking: boolean;
}

type Change = ReturnType<typeof toChange>;

const SYSTEM_USER = 'OMS_OWNER';
const keyOf = keyIn('visitBalanceAdjustmentId');

export const balanceChanges = recordDomain<NomisBalanceAdjustment>({
  type: 'VISIT_BALANCE_ADJUSTMENTS',
  name: 'visit_balance_adjustments',
  title: 'Visit balance changes',
  telemetryName: 'visitbalance-adjustments',
  target: 'visitBalance',
  mapping: mappingOf('VisitBalanceAdjustment', {
    path: '/mapping/visit-balance-adjustment',
    firstCheck: 'nomis',
    mappingTypes: ['NOMIS_CREATED', 'DPS_CREATED'],
    nomisFields: integers('nomisVisitBalanceAdjustmentId'),
    keepDays: 28,
    nomisPath: '/mapping/visit-balance-adjustment/nomis-id/{nomisVisitBalanceAdjustmentId}',
    dpsField: 'dpsId',
  }),
  read: readOne('/visit-balances/visit-balance-adjustment/{visitBalanceAdjustmentId}'),
  transform: toChange,
  create: async (target, body: Change, call) => {
    await send(target, { method: 'POST', template: '/visits/allocation/prisoner/sync', body }, call);
    // The target gives no id; the key tells the changes of one prisoner apart.
    const key = call.idempotencyKey.split(':')[1];
    return { status: 'accepted', targetId: `${body.prisonerId}-${key}` };
  },
  tells: {
    noun: 'visitbalance-adjustment',
    facts: (_adjustment, message) => ({
      offenderNo: message.offenderIdDisplay,
      bookingId: message.bookingId,
    }),
  },
  queue: 'visit_balance',
  events: {
    'OFFENDER_VISIT_BALANCE_ADJS-INSERTED': {
      keyOf,
      isEcho: isFromOrUnsigned('DPS_SYNCHRONISATION_VB'),
      action: 'upsert',
    },
    // A change that was sent cannot be taken back: a person has to look, and may repair the balance.
    'OFFENDER_VISIT_BALANCE_ADJS-DELETED': {
      keyOf,
      action: async (tools) => {
        const nomisVisitBalanceAdjustmentId = keyOf(tools.message);
        tools.emit('visitbalance-adjustment-synchronisation-deleted-ignored', {
          nomisVisitBalanceAdjustmentId,
        });
      },
    },
  },
  // Balances of earlier bookings are history.
  isHidden: (adjustment) => !adjustment.latestBooking,
});

function toChange(adjustment: NomisBalanceAdjustment, { message }: TransformTools) {
  if (!message) throw new RefusedRecordError('Only the event of a change says whose balance it is');
  return {
    prisonerId: textIn(message, 'offenderIdDisplay'),
    oldVoBalance: adjustment.previousVisitOrderCount,
    changeToVoBalance: adjustment.visitOrderChange,
    oldPvoBalance: adjustment.previousPrivilegedVisitOrderCount,
    changeToPvoBalance: adjustment.privilegedVisitOrderChange,
    createdDate: adjustment.adjustmentDate,
    adjustmentReasonCode: adjustment.adjustmentReason.code,
    changeLogSource: adjustment.createUsername === SYSTEM_USER ? 'SYSTEM' : 'STAFF',
    comment: adjustment.comment,
  };
}
