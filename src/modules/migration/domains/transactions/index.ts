// Transactions of prisoners' accounts: appendix A. NOMIS tells of every entry of a transaction, so its events are gathered
// and the whole of it is sent once.
import { readOne, setAt, uuidOfContent } from '../../engine/calls.ts';
import { integers, mappingOf } from '../../engine/declare.ts';
import type { SyncEvent } from '../../engine/domain.ts';
import { eachRow, repairOne } from '../../engine/events.ts';
import { isFromNewServices, keyIn } from '../../engine/message-values.ts';
import { recordDomain } from '../../engine/record-domain.ts';
import { type NomisTransaction, type Transaction, toTransaction } from './offender-transaction.ts';

/** Long enough for all entries of a transaction to be told of. */
const GATHER_SECONDS = 20;

const changed: SyncEvent<NomisTransaction> = {
  keyOf: keyIn('transactionId'),
  isEcho: isFromNewServices,
  gatherSeconds: GATHER_SECONDS,
  action: 'upsert',
};
const readEntries = readOne<NomisTransaction['entries']>('/transactions/{transactionId}');

export const transactions = recordDomain<NomisTransaction>({
  type: 'TRANSACTIONS',
  name: 'transactions',
  title: 'Transactions',
  queue: 'finance',
  switchDomain: 'transactions',
  target: 'finance',
  mapping: mappingOf('Transaction', {
    path: '/mapping/transactions',
    firstCheck: 'nomis',
    nomisFields: integers('nomisTransactionId'),
    dpsField: 'dpsTransactionId',
    extraFields: ['offenderNo', 'nomisBookingId'],
  }),
  extraOf: ({ entries: [first] }) => ({
    offenderNo: first?.offenderNo ?? null,
    nomisBookingId: first?.bookingId ?? null,
  }),
  read: async (source, key, call) => {
    const entries = await readEntries(source, key, call);
    return entries === undefined || entries.length === 0 ? undefined : { entries };
  },
  transform: toTransaction,
  // The target knows a transaction by its id in NOMIS, and a repeat by its request id.
  ...setAt(
    (body: Transaction) => ({
      method: 'POST',
      template: '/sync/offender-transactions',
      body: { ...body, requestId: uuidOfContent(body) },
    }),
    (_sent, answer: { synchronizedTransactionId: string }) => answer.synchronizedTransactionId,
  ),
  compare: { ofSource: toTransaction },
  tells: {
    noun: 'transactions',
    facts: (transaction, message) => ({
      offenderNo: transaction?.entries[0]?.offenderNo ?? message.offenderIdDisplay,
      bookingId: transaction?.entries[0]?.bookingId ?? message.bookingId,
    }),
  },
  events: eachRow({ OFFENDER_TRANSACTIONS: 'IU', GL_TRANSACTIONS: 'IU' }, changed),
  repairs: [repairOne('/transactions/:transactionId/repair', 'Send a transaction again as it is now')],
  payload: { path: '/sync/prisoner-transaction/payload/:transactionId' },
});
