import { createKeyDateAdjustments, createSentenceAdjustments, type NomisAdjustment } from './adjustments.ts';
import { createAgencies, type NomisAgency } from './agencies.ts';
import { createAlerts, type NomisAlert } from './alerts.ts';
import { type Bookings, createBookings } from './bookings.ts';
import { createCaseNotes, type NomisCaseNote } from './case-notes.ts';
import {
  createPrisonerBalances,
  createTransactions,
  type NomisPrisonerBalance,
  type NomisTransaction,
} from './finance.ts';
import { createLocations, type NomisLocation } from './locations.ts';
import type { RecordSet } from './record-set.ts';
import { createStaff, type NomisStaff } from './staff.ts';
import {
  createBalanceAdjustments,
  createVisitBalances,
  type NomisBalanceAdjustment,
  type NomisVisitBalance,
} from './visit-balances.ts';
import { DEFAULT_SHARES } from './visits/visit-shares.ts';
import { createVisits, type Visits } from './visits/visits.ts';

const DEFAULT_VISITS = 200_000;
const DEFAULT_PRISONERS = 20_000;

/** What the simulated NOMIS holds. Other simulators read it to recognise what came from it. */
export interface NomisWorld {
  readonly prisoners: number;
  readonly visits: Visits;
  readonly sentenceAdjustments: RecordSet<NomisAdjustment>;
  readonly keyDateAdjustments: RecordSet<NomisAdjustment>;
  readonly bookings: Bookings;
  readonly locations: RecordSet<NomisLocation>;
  readonly alerts: RecordSet<NomisAlert>;
  readonly caseNotes: RecordSet<NomisCaseNote>;
  readonly visitBalances: RecordSet<NomisVisitBalance>;
  readonly balanceAdjustments: RecordSet<NomisBalanceAdjustment>;
  readonly staff: RecordSet<NomisStaff>;
  readonly agencies: RecordSet<NomisAgency>;
  readonly prisonerBalances: RecordSet<NomisPrisonerBalance>;
  readonly transactions: RecordSet<NomisTransaction>;
  /** Back to what it held at the start. */
  reset(): void;
}

export function createNomisWorld(options: {
  visits: number | undefined;
  prisoners: number | undefined;
  now: () => Date;
}): NomisWorld {
  const count = options.visits ?? DEFAULT_VISITS;
  const prisoners = options.prisoners ?? DEFAULT_PRISONERS;
  const visits = createVisits({ count, prisoners, now: options.now });
  const bookings = createBookings(prisoners);
  const records = {
    sentenceAdjustments: createSentenceAdjustments(prisoners),
    keyDateAdjustments: createKeyDateAdjustments(prisoners),
    locations: createLocations(prisoners),
    alerts: createAlerts(prisoners),
    caseNotes: createCaseNotes(prisoners),
    visitBalances: createVisitBalances(prisoners),
    balanceAdjustments: createBalanceAdjustments(prisoners),
    staff: createStaff(prisoners),
    agencies: createAgencies(),
    prisonerBalances: createPrisonerBalances(prisoners),
    transactions: createTransactions(prisoners),
  };
  return {
    prisoners,
    visits,
    bookings,
    ...records,
    reset() {
      visits.replan(count, DEFAULT_SHARES);
      bookings.clear();
      for (const set of Object.values(records)) set.clear();
    },
  };
}
