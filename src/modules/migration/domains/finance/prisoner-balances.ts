// Trust account balances of prisoners: appendix A. The source cuts the prisoners into ranges itself.
import { Type } from 'typebox';
import { readOne, send } from '../../engine/calls.ts';
import { integers, mappingOf } from '../../engine/declare.ts';
import { recordDomain } from '../../engine/record-domain.ts';

/** `GET /finance/prisoners/rootOffenderId/{rootOffenderId}/balance`. */
interface NomisPrisonerBalance {
  prisonNumber: string;
  accounts: {
    prisonId: string;
    lastTransactionId: number;
    transactionDate: string;
    accountCode: number;
    balance: number;
    holdBalance?: number;
  }[];
}

type Balances = ReturnType<typeof toBalances>;

const SET = { method: 'POST', template: '/migrate/prisoner-balances/{prisonNumber}' } as const;

export const prisonerBalances = recordDomain<NomisPrisonerBalance>({
  type: 'PRISONER_BALANCE',
  name: 'prisoner_balance',
  title: 'Prisoner balances',
  telemetryName: 'prisonerbalance',
  target: 'finance',
  mapping: mappingOf('PrisonerBalance', {
    path: '/mapping/prisoner-balance',
    firstCheck: 'nomis',
    nomisFields: integers('nomisRootOffenderId'),
    nomisPath: '/mapping/prisoner-balance/nomis-id/{nomisRootOffenderId}',
    dpsField: 'dpsId',
    pageShape: 'B',
  }),
  ids: {
    path: '/finance/prisoners/ids',
    fields: ['rootOffenderId'],
    ranges: {
      path: '/finance/prisoners/id-ranges',
      sizeParameter: 'pageSize',
      from: 'fromRootOffenderId',
      to: 'toRootOffenderId',
      inRangePath: '/finance/prisoners/ids-in-range',
    },
  },
  filter: Type.Object({
    prisonId: Type.Optional(Type.Union([Type.String({ title: 'Prison' }), Type.Null()])),
  }),
  read: readOne('/finance/prisoners/rootOffenderId/{rootOffenderId}/balance'),
  transform: toBalances,
  create: async (target, sent, call) => {
    const { prisonNumber, body } = sent as Balances;
    await send(target, { ...SET, key: prisonNumber, body }, call);
    return { status: 'accepted', targetId: prisonNumber };
  },
  update: (target, prisonNumber, sent, call) =>
    send(target, { ...SET, key: prisonNumber, body: (sent as Balances).body }, call),
  // The target sets the balances to what it is told, however often.
  honoursIdempotencyKey: true,
  tells: { noun: 'prisoner-balance', facts: (balance) => ({ offenderNo: balance?.prisonNumber }) },
  repairs: [
    {
      method: 'POST',
      path: '/prisoners/id/:rootOffenderId/prisoner-balance/repair',
      summary: "Set a prisoner's balances to what NOMIS says",
      run: async ({ rootOffenderId = '' }, tools) => {
        await tools.upsert(rootOffenderId);
      },
    },
  ],
});

function toBalances({ prisonNumber, accounts }: NomisPrisonerBalance) {
  const accountBalances = accounts.map((account) => ({
    prisonId: account.prisonId,
    accountCode: account.accountCode,
    balance: account.balance,
    holdBalance: account.holdBalance ?? 0,
    transactionId: account.lastTransactionId,
    asOfTimestamp: account.transactionDate,
  }));
  return { prisonNumber, body: { accountBalances } };
}
