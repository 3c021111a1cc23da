// Visit balances: appendix A. A run sets the balance of each prisoner; afterwards every change of it follows.
import { comparisonOf, readOne, send, setAt } from '../../engine/calls.ts';
import { integers, mappingOf, prisonFilter } from '../../engine/declare.ts';
import { recordDomain } from '../../engine/record-domain.ts';

interface NomisVisitBalance {
  prisonNumber: string;
  remainingVisitOrders: number;
  remainingPrivilegedVisitOrders: number;
  lastIEPAllocationDate?: string;
}

type Balance = ReturnType<typeof toBalance>;

const SET = { method: 'POST', template: '/visits/allocation/prisoner/migrate' } as const;
const readDetails = readOne<NomisVisitBalance>('/prisoners/{prisonNumber}/visit-balance/details');

export const visitBalances = recordDomain<NomisVisitBalance>({
  type: 'VISIT_BALANCE',
  name: 'visit_balance',
  title: 'Visit balances',
  telemetryName: 'visitbalance',
  target: 'visitBalance',
  mapping: mappingOf('VisitBalance', {
    path: '/mapping/visit-balance',
    firstCheck: 'nomis',
    nomisFields: integers('nomisVisitBalanceId'),
    nomisPath: '/mapping/visit-balance/nomis-id/{nomisVisitBalanceId}',
    dpsField: 'dpsId',
  }),
  ids: { path: '/visit-balances/ids', fields: ['visitBalanceId'] },
  filter: prisonFilter,
  read: readOne('/visit-balances/{visitBalanceId}'),
  transform: toBalance,
  ...setAt(
    (body: Balance) => ({ ...SET, body }),
    ({ prisonerId }) => prisonerId,
  ),
  // The day of the last allocation is not shown.
  compare: comparisonOf((balance) => {
    const { voBalance, pvoBalance } = toBalance(balance);
    return { voBalance, pvoBalance };
  }, '/visits/allocation/prisoner/{prisonerId}/balance'),
  tells: { noun: 'visit-balance', facts: (balance) => ({ offenderNo: balance?.prisonNumber }) },
  repairs: [
    {
      method: 'POST',
      path: '/prisoners/:prisonNumber/visit-balance/repair',
      summary: "Set a prisoner's balance to what NOMIS says",
      run: async ({ prisonNumber = '' }, tools) => {
        const balance = await readDetails(tools.source, prisonNumber, tools.call);
        if (!balance) throw new Error('NOMIS has no visit balance for the prisoner');
        await send(tools.target, { ...SET, body: toBalance(balance) }, tools.call);
        tools.emit('visitbalance-synchronisation-repaired', { offenderNo: prisonNumber });
      },
    },
  ],
});

function toBalance(balance: NomisVisitBalance) {
  return {
    prisonerId: balance.prisonNumber,
    voBalance: balance.remainingVisitOrders,
    pvoBalance: balance.remainingPrivilegedVisitOrders,
    lastVoAllocationDate: balance.lastIEPAllocationDate,
  };
}
