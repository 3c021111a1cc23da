import type { Domain } from '../engine/domain.ts';
import { adjustments } from './adjustments/index.ts';
import { agencyRegisters } from './agency-registers/index.ts';
import { alerts } from './alerts/index.ts';
import { caseNotes } from './case-notes/index.ts';
import { prisonerBalances } from './finance/prisoner-balances.ts';
import { transactions } from './finance/transactions.ts';
import { locations } from './locations/index.ts';
import { staff } from './staff/index.ts';
import { balanceAdjustments } from './visit-balances/balance-adjustments.ts';
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
  balanceAdjustments,
  staff,
  agencyRegisters,
  prisonerBalances,
  transactions,
];
