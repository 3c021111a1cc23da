// Transactions of prisoners' accounts: appendix A. NOMIS tells of every entry of a transaction, so its events are gathered
// and the whole of it is sent once.
import { createHash } from 'node:crypto';
import { readOne, send } from '../../engine/calls.ts';
import { integers, mappingOf } from '../../engine/declare.ts';
import type { CallContext, SyncEvent } from '../../engine/domain.ts';
import { each, repairOne, rowTypes } from '../../engine/events.ts';
import { isFromNewServices, numberIn } from '../../engine/message-values.ts';
import { recordDomain } from '../../engine/record-domain.ts';
import type { Upstream } from '../../upstreams/index.ts';
import { type NomisTransaction, type Transaction, toTransaction } from './offender-transaction.ts';

/** Long enough for all entries of a transaction to be told of. */
const GATHER_SECONDS = 20;

const changed: SyncEvent<NomisTransaction> = {
  keyOf: (message) => String(numberIn(message, 'transactionId')),
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
  create: async (target, body, call) => ({
    status: 'accepted',
    targetId: await put(target, body as Transaction, call),
  }),
  update: async (target, _id, body, call) => {
    await put(target, body as Transaction, call);
  },
  // The target knows a transaction by its id in NOMIS.
  honoursIdempotencyKey: true,
  tells: {
    noun: 'transactions',
    facts: (transaction, message) => ({
      offenderNo: transaction?.entries[0]?.offenderNo ?? message.offenderIdDisplay,
      bookingId: transaction?.entries[0]?.bookingId ?? message.bookingId,
    }),
  },
  events: each([...rowTypes('OFFENDER_TRANSACTIONS', 'IU'), ...rowTypes('GL_TRANSACTIONS', 'IU')], changed),
  repairs: [repairOne('/transactions/:transactionId/repair', 'Send a transaction again as it is now')],
});

/** The same content has the same request id, so that a repeat is known as one. */
async function put(target: Upstream, body: Transaction, call: CallContext): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  const [a, b, c, d, e] = [0, 8, 12, 16, 20].map((start, nth) =>
    digest.slice(start, [8, 12, 16, 20, 32][nth]),
  );
  const requestId = `${a}-${b}-8${c?.slice(1)}-8${d?.slice(1)}-${e}`;
  const answer = await send<{ synchronizedTransactionId: string }>(
    target,
    { method: 'POST', template: '/sync/offender-transactions', body: { ...body, requestId } },
    call,
  );
  return answer.synchronizedTransactionId;
}
