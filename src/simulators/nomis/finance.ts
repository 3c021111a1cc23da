import { localDateTime } from '../hmpps/calendar.ts';
import { hash } from '../hmpps/random.ts';
import { bookingId, offenderNo, prisonerIndex, prisonOf, rootOffenderId } from './prisoners.ts';
import { createRecordSet, placeOfIndex, type RecordSet } from './record-set.ts';

/** Cash, spends and savings of one prisoner. */
export interface NomisPrisonerBalance {
  readonly rootOffenderId: number;
  readonly prisonNumber: string;
  readonly accounts: readonly { readonly accountCode: number; readonly balance: number }[];
}

/** A transaction with its entries, of which the API answers the list alone. */
export interface NomisTransaction {
  readonly entries: readonly { readonly transactionEntrySequence: number }[];
}

const FIRST_TRANSACTION_ID = 810_001;
const TRANSACTIONS_PER_PRISONER = [2, 1];
const ACCOUNTS = [2101, 2102, 2103];

export function createPrisonerBalances(prisoners: number): RecordSet<NomisPrisonerBalance> {
  return createRecordSet<NomisPrisonerBalance>({
    perParent: [1],
    parents: prisoners,
    idOf: ({ parent }) => rootOffenderId(parent),
    placeOf: (id) => placeOfIndex([1], id - rootOffenderId(0)),
    parentOf: (balance) => prisonerIndex(balance.prisonNumber),
    make: ({ parent }) => ({
      rootOffenderId: rootOffenderId(parent),
      prisonNumber: offenderNo(parent),
      accounts: ACCOUNTS.map((accountCode, nth) => ({
        prisonId: prisonOf(parent),
        lastTransactionId: FIRST_TRANSACTION_ID + parent,
        transactionDate: localDateTime(20_100 * 86_400 + 10 * 3600),
        accountCode,
        balance: (hash(62 + nth, parent) % 10_000) / 100,
        holdBalance: 0,
      })),
    }),
  });
}

export function createTransactions(prisoners: number): RecordSet<NomisTransaction> {
  return createRecordSet<NomisTransaction>({
    perParent: TRANSACTIONS_PER_PRISONER,
    parents: prisoners,
    idOf: ({ index }) => FIRST_TRANSACTION_ID + index,
    placeOf: (id) => placeOfIndex(TRANSACTIONS_PER_PRISONER, id - FIRST_TRANSACTION_ID),
    parentOf: () => undefined,
    make: ({ parent, index }) => ({ entries: [entryOf(parent, FIRST_TRANSACTION_ID + index, 1)] }),
  });
}

/** Ranges of so many prisoners each: ids greater than `from` up to `to`. */
export function idRanges(balances: RecordSet<NomisPrisonerBalance>, size: number) {
  const ids = balances.ids(0, balances.count).sort((a, b) => a - b);
  const ranges: { fromRootOffenderId: number; toRootOffenderId: number }[] = [];
  for (let start = 0; start < ids.length; start += size) {
    const last = ids[Math.min(ids.length, start + size) - 1] ?? 0;
    ranges.push({ fromRootOffenderId: ranges.at(-1)?.toRootOffenderId ?? 0, toRootOffenderId: last });
  }
  return ranges;
}

export function idsInRange(balances: RecordSet<NomisPrisonerBalance>, from: number, to: number): number[] {
  return balances
    .ids(0, balances.count)
    .filter((id) => id > from && id <= to)
    .sort((a, b) => a - b);
}

function entryOf(prisoner: number, transactionId: number, sequence: number) {
  const amount = (hash(66, transactionId) % 5_000) / 100;
  const at = localDateTime(20_150 * 86_400 + (transactionId % 36_000));
  const posting = {
    transactionId,
    transactionEntrySequence: sequence,
    caseloadId: prisonOf(prisoner),
    amount,
  };
  return {
    ...posting,
    offenderId: rootOffenderId(prisoner),
    offenderNo: offenderNo(prisoner),
    bookingId: bookingId(prisoner),
    type: 'CANT',
    postingType: 'DR',
    description: 'Canteen',
    entryDate: at.slice(0, 10),
    subAccountType: 'SPND',
    generalLedgerTransactions: [2102, 2501].map((accountCode, nth) => ({
      ...posting,
      generalLedgerEntrySequence: nth + 1,
      accountCode,
      postingType: nth === 0 ? 'DR' : 'CR',
      type: 'CANT',
      description: 'Canteen',
      transactionTimestamp: at,
      createdAt: at,
      createdBy: 'QX_STAFF2',
      createdByDisplayName: 'Example Two',
    })),
    createdAt: at,
    createdBy: 'QX_STAFF2',
    createdByDisplayName: 'Example Two',
  };
}
