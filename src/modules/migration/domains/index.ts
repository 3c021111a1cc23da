import type { Domain } from '../engine/domain.ts';
import { adjustments } from './adjustments/index.ts';
import { agencyRegisters } from './agency-registers/index.ts';
import { alerts } from './alerts/index.ts';
import { caseNotes } from './case-notes/index.ts';
import { locations } from './locations/index.ts';
import { prisonerBalances } from './prisoner-balances/index.ts';
import { staff } from './staff/index.ts';
import { transactions } from './transactions/index.ts';
import { balanceChanges } from './visit-balance-changes/index.ts';
import { visitBalances } from './visit-balances/index.ts';
import { visits } from './visits/index.ts';

/** Every kind of record that moves. Adding one is this line and its folder. */
export const domains: readonly Domain[] = [
  visits,
  adjustments,
  locations,
  alerts,
  caseNotes,
  visitBalances,
  balanceChanges,
  staff,
  agencyRegisters,
  prisonerBalances,
  transactions,
];
