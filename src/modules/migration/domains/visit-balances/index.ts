// Visit balances: appendix A. A run sets the balance of each prisoner; afterwards every change of it follows.
import { Type } from 'typebox';
import { comparisonOf, readOne, send } from '../../engine/calls.ts';
import { integers, mappingOf } from '../../engine/declare.ts';
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
  filter: Type.Object({
    prisonId: Type.Optional(Type.Union([Type.String({ title: 'Prison' }), Type.Null()])),
  }),
  read: readOne('/visit-balances/{visitBalanceId}'),
  transform: toBalance,
  create: async (target, body, call) => {
    await send(target, { ...SET, body }, call);
    return { status: 'accepted', targetId: (body as Balance).prisonerId };
  },
  update: (target, _id, body, call) => send(target, { ...SET, body }, call),
  // The target sets the balance to what it is told, however often.
  honoursIdempotencyKey: true,
  compare: comparisonOf({
    members: 'voBalance pvoBalance',
    wanted: toBalance,
    readTarget: '/visits/allocation/prisoner/{prisonerId}/balance',
  }),
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
