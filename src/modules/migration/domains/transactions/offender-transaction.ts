// A transaction of NOMIS, and what the prisoner finance API takes for it.

/** An element of `GET /transactions/{transactionId}`. */
interface Entry {
  transactionId: number;
  transactionEntrySequence: number;
  offenderId: number;
  offenderNo: string;
  bookingId?: number;
  caseloadId: string;
  amount: number;
  type: string;
  postingType: string;
  description: string;
  entryDate: string;
  reference?: string;
  subAccountType: string;
  generalLedgerTransactions: {
    generalLedgerEntrySequence: number;
    accountCode: number;
    postingType: string;
    amount: number;
    transactionTimestamp: string;
  }[];
  createdAt: string;
  createdBy: string;
  createdByDisplayName: string;
  lastModifiedAt?: string;
  lastModifiedBy?: string;
  lastModifiedByDisplayName?: string;
}

export interface NomisTransaction {
  /** At least one. */
  entries: Entry[];
}

export type Transaction = ReturnType<typeof toTransaction>;

export function toTransaction({ entries }: NomisTransaction) {
  const [first] = entries;
  if (!first) throw new Error('A transaction has at least one entry');
  return {
    transactionId: first.transactionId,
    caseloadId: first.caseloadId,
    transactionTimestamp:
      first.generalLedgerTransactions[0]?.transactionTimestamp ?? `${first.entryDate}T00:00:00`,
    createdAt: first.createdAt,
    createdBy: first.createdBy,
    createdByDisplayName: first.createdByDisplayName,
    lastModifiedAt: first.lastModifiedAt ?? null,
    lastModifiedBy: first.lastModifiedBy ?? null,
    lastModifiedByDisplayName: first.lastModifiedByDisplayName ?? null,
    offenderTransactions: entries.map((entry) => ({
      entrySequence: entry.transactionEntrySequence,
      offenderId: entry.offenderId,
      offenderDisplayId: entry.offenderNo,
      offenderBookingId: entry.bookingId ?? null,
      subAccountType: entry.subAccountType,
      postingType: entry.postingType,
      type: entry.type,
      description: entry.description,
      amount: entry.amount,
      reference: entry.reference ?? null,
      generalLedgerEntries: entry.generalLedgerTransactions.map((ledger) => ({
        entrySequence: ledger.generalLedgerEntrySequence,
        code: ledger.accountCode,
        postingType: ledger.postingType,
        amount: ledger.amount,
      })),
    })),
  };
}
