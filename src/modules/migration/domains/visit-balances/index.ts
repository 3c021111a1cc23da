// Visit balances: appendix A. A run sets the balance of each prisoner; afterwards every change of it follows.
import { Type } from 'typebox';
import { readOne, send } from '../../engine/calls.ts';
import { bulkOf, integers, mappingOf } from '../../engine/declare.ts';
import type { CallContext, Domain } from '../../engine/domain.ts';
import type { Upstream } from '../../upstreams/index.ts';
import { bulkTelemetry } from '../bulk-telemetry.ts';

interface NomisVisitBalance {
  prisonNumber: string;
  remainingVisitOrders: number;
  remainingPrivilegedVisitOrders: number;
  lastIEPAllocationDate?: string;
}

interface Balance {
  prisonerId: string;
  voBalance: number;
  pvoBalance: number;
  lastVoAllocationDate?: string | undefined;
}

const readDetails = readOne<NomisVisitBalance>('/prisoners/{prisonNumber}/visit-balance/details');
const idsOf = (key: string, targetId: string) => ({ nomisVisitBalanceId: key, dpsId: targetId });

export const visitBalances: Domain<NomisVisitBalance> = {
  type: 'VISIT_BALANCE',
  name: 'visit_balance',
  title: 'Visit balances',
  telemetryName: 'visitbalance',
  source: 'nomis',
  target: 'visitBalance',
  mapping: mappingOf('VisitBalance', {
    path: '/mapping/visit-balance',
    firstCheck: 'nomis',
    nomisFields: integers('nomisVisitBalanceId'),
    dpsField: 'dpsId',
    nomisPath: '/mapping/visit-balance/nomis-id/{nomisVisitBalanceId}',
    dpsPath: '/mapping/visit-balance/dps-id/{dpsId}',
  }),
  read: readOne('/visit-balances/{visitBalanceId}'),
  transform: toBalance,
  create: async (target, body, { correlationId }) => {
    await setBalance(target, body as Balance, { correlationId });
    return { status: 'accepted', targetId: (body as Balance).prisonerId };
  },
  update: (target, _id, body, call) => setBalance(target, body as Balance, call),
  // The target sets the balance to what it is told, however often.
  honoursIdempotencyKey: true,
  compare: {
    ofSource: (balance) => ({
      voBalance: balance.remainingVisitOrders,
      pvoBalance: balance.remainingPrivilegedVisitOrders,
    }),
    ofTarget: ({ voBalance, pvoBalance }: Balance) => ({ voBalance, pvoBalance }),
    readTarget: readOne('/visits/allocation/prisoner/{prisonerId}/balance'),
  },
  bulk: bulkOf('visit_balance', {
    ids: { path: '/visit-balances/ids', fields: ['visitBalanceId'] },
    filter: Type.Object({
      prisonId: Type.Optional(Type.Union([Type.String({ title: 'Prison' }), Type.Null()])),
    }),
    telemetry: bulkTelemetry('visit-balance', idsOf, ({ prisonNumber }) => ({ offenderNo: prisonNumber })),
  }),
  repairs: [
    {
      method: 'POST',
      path: '/prisoners/:prisonNumber/visit-balance/repair',
      summary: "Set a prisoner's balance to what NOMIS says",
      run: async ({ prisonNumber = '' }, tools) => {
        const balance = await readDetails(tools.source, prisonNumber, tools.call);
        if (!balance) throw new Error('NOMIS has no visit balance for the prisoner');
        await setBalance(tools.target, toBalance(balance), tools.call);
        tools.emit('visitbalance-synchronisation-repaired', { offenderNo: prisonNumber });
      },
    },
  ],
};

function toBalance(balance: NomisVisitBalance): Balance {
  return {
    prisonerId: balance.prisonNumber,
    voBalance: balance.remainingVisitOrders,
    pvoBalance: balance.remainingPrivilegedVisitOrders,
    lastVoAllocationDate: balance.lastIEPAllocationDate,
  };
}

function setBalance(target: Upstream, body: Balance, call: CallContext): Promise<void> {
  return send(target, { method: 'POST', template: '/visits/allocation/prisoner/migrate', body }, call);
}
