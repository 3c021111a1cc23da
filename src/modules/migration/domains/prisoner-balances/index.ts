// Trust account balances of prisoners: appendix A. The source cuts the prisoners into ranges itself.
import { readOne, setAt } from '../../engine/calls.ts';
import { integers, mappingOf, prisonFilter } from '../../engine/declare.ts';
import { repairOne } from '../../engine/events.ts';
import { recordDomain } from '../../engine/record-domain.ts';
import { NotFoundError } from '../../errors.ts';

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

const SET_AGAIN = "Set a prisoner's balances to what NOMIS says";
const readPrisoner = readOne<{ rootOffenderId?: number }>('/prisoners/{offenderNo}');

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
  filter: prisonFilter,
  read: readOne('/finance/prisoners/rootOffenderId/{rootOffenderId}/balance'),
  transform: toBalances,
  ...setAt(
    ({ prisonNumber, body }: Balances) => ({
      method: 'POST',
      template: '/migrate/prisoner-balances/{prisonNumber}',
      key: prisonNumber,
      body,
    }),
    ({ prisonNumber }) => prisonNumber,
  ),
  compare: { ofSource: (balance) => toBalances(balance).body },
  tells: { noun: 'prisoner-balance', facts: (balance) => ({ offenderNo: balance?.prisonNumber }) },
  repairs: [
    repairOne('/prisoners/id/:rootOffenderId/prisoner-balance/repair', SET_AGAIN),
    {
      method: 'POST',
      path: '/prisoners/:offenderNo/prisoner-balance/repair',
      summary: SET_AGAIN,
      run: async ({ offenderNo = '' }, tools) => {
        const prisoner = await readPrisoner(tools.source, offenderNo, tools.call);
        if (prisoner?.rootOffenderId === undefined)
          throw new NotFoundError(`Prisoner with offender no ${offenderNo}`);
        await tools.upsert(String(prisoner.rootOffenderId), { evenEcho: true });
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
