import { dateText } from '../hmpps/calendar.ts';
import { hash } from '../hmpps/random.ts';
import { offenderNo, prisonerIndex } from './prisoners.ts';
import { createRecordSet, placeOfIndex, type RecordSet } from './record-set.ts';

export interface NomisVisitBalance {
  readonly prisonNumber: string;
  readonly remainingVisitOrders: number;
  readonly remainingPrivilegedVisitOrders: number;
  readonly lastIEPAllocationDate?: string;
}

/** The one thing the API does not say is whose it is: the event does. */
export interface NomisBalanceAdjustment {
  readonly visitOrderChange?: number;
  readonly createUsername: string;
}

const FIRST_BALANCE_ID = 300_001;
const FIRST_ADJUSTMENT_ID = 640_001;
const ADJUSTMENTS_PER_PRISONER = [1, 2, 0, 1];
const REASONS = [
  { code: 'VO_ISSUE', description: 'VO Issue' },
  { code: 'IEP', description: 'IEP Entitlement' },
  { code: 'AUTO_EXP', description: 'Automatic expiry' },
  { code: 'GOV', description: 'Governor Allocation' },
] as const;

/** Each prisoner has one; its id is the one of the booking's balance. */
export function createVisitBalances(prisoners: number): RecordSet<NomisVisitBalance> {
  return createRecordSet<NomisVisitBalance>({
    perParent: [1],
    parents: prisoners,
    idOf: ({ index }) => FIRST_BALANCE_ID + index,
    placeOf: (id) => placeOfIndex([1], id - FIRST_BALANCE_ID),
    parentOf: (balance) => prisonerIndex(balance.prisonNumber),
    make({ parent }) {
      const chance = hash(54, parent);
      return {
        prisonNumber: offenderNo(parent),
        remainingVisitOrders: (chance % 12) - 2,
        remainingPrivilegedVisitOrders: (chance >>> 8) % 4,
        ...(chance % 5 === 0 ? {} : { lastIEPAllocationDate: dateText(20_000 + (chance % 365)) }),
      };
    },
  });
}

export function createBalanceAdjustments(prisoners: number): RecordSet<NomisBalanceAdjustment> {
  return createRecordSet<NomisBalanceAdjustment>({
    perParent: ADJUSTMENTS_PER_PRISONER,
    parents: prisoners,
    idOf: ({ index }) => FIRST_ADJUSTMENT_ID + index,
    placeOf: (id) => placeOfIndex(ADJUSTMENTS_PER_PRISONER, id - FIRST_ADJUSTMENT_ID),
    parentOf: () => undefined,
    make({ index }) {
      const chance = hash(55, index);
      const adjustment = {
        visitOrderChange: (chance % 5) - 1,
        previousVisitOrderCount: chance % 9,
        privilegedVisitOrderChange: chance % 2,
        previousPrivilegedVisitOrderCount: chance % 3,
        adjustmentReason: REASONS[chance % REASONS.length] ?? REASONS[0],
        adjustmentDate: dateText(20_100 + (chance % 200)),
        createUsername: chance % 2 === 0 ? 'OMS_OWNER' : 'QX_STAFF4',
        latestBooking: true,
      };
      return adjustment;
    },
  });
}
