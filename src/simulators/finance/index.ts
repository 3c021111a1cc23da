import { randomUUID } from 'node:crypto';
import type { TokenIssuer } from '../auth/token-issuer.ts';
import { json, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { validationFailure } from '../hmpps/api-errors.ts';
import { bodyProblem, type Members } from '../hmpps/body-checks.ts';
import { createIdempotencyKeys, createTargetRecords, type TargetRecords } from '../hmpps/target-records.ts';
import { runTarget } from '../hmpps/target-simulator.ts';

const POSTING = ['DR', 'CR'];
const TRANSACTION = {
  transactionId: 'number',
  requestId: 'text',
  caseloadId: 'text',
  transactionTimestamp: 'dateTime',
  createdAt: 'dateTime',
  createdBy: 'text',
  createdByDisplayName: 'text',
  offenderTransactions: 'list',
} as const;
const ENTRY = {
  entrySequence: 'number',
  offenderDisplayId: 'text',
  subAccountType: 'text',
  postingType: POSTING,
  type: 'text',
  description: 'text',
  generalLedgerEntries: 'list',
} as const;
const ACCOUNT = { prisonId: 'text', accountCode: 'number', asOfTimestamp: 'dateTime' } as const;

/** Keeps transactions by their id in NOMIS, and the balances of each prisoner as they were last set. */
export function financeSimulator(issuer: TokenIssuer): Simulator {
  return {
    name: 'finance',
    title: 'Prisoner finance API',
    standsFor: 'the prisoner finance API, to which balances and transactions go',
    setting: 'API_BASE_URL_FINANCE',
    start: async () => startFinance(issuer),
  };
}

function startFinance(issuer: TokenIssuer): RunningSimulator {
  const records = createTargetRecords<Members>();
  return runTarget({
    issuer,
    roles: ['ROLE_PRISONER_FINANCE_SYNC__RW'],
    records,
    keys: createIdempotencyKeys(),
    noun: 'transactions and balances',
    routes: [
      {
        method: 'POST',
        path: '/migrate/prisoner-balances/{prisonNumber}',
        answer: (request, prisonNumber = '') => setBalances(records, prisonNumber, request),
      },
      {
        method: 'POST',
        path: '/sync/offender-transactions',
        answer: (request) => putTransaction(records, request),
      },
    ],
  });
}

function setBalances(
  records: TargetRecords<Members>,
  prisonNumber: string,
  request: SimulatorRequest,
): Reply {
  const body = jsonBody(request);
  const problem =
    bodyProblem(body, { accountBalances: 'list' }) ?? listProblem(body, 'accountBalances', ACCOUNT);
  if (problem !== undefined) return validationFailure(problem);
  put(records, `balance ${prisonNumber}`, body as Members);
  return { status: 200, headers: {}, body: '' };
}

function putTransaction(records: TargetRecords<Members>, request: SimulatorRequest): Reply {
  const body = jsonBody(request);
  const problem = bodyProblem(body, TRANSACTION) ?? listProblem(body, 'offenderTransactions', ENTRY);
  if (problem !== undefined) return validationFailure(problem);
  // bodyProblem found both.
  const { transactionId, requestId } = body as { transactionId: number; requestId: string };
  const id = `transaction ${transactionId}`;
  const known = records.get(id);
  const synchronizedTransactionId = known?.synchronizedTransactionId ?? randomUUID();
  put(records, id, { ...(body as Members), synchronizedTransactionId });
  const action = known ? 'PROCESSED' : 'CREATED';
  return json(known ? 200 : 201, { requestId, synchronizedTransactionId, action });
}

function put(records: TargetRecords<Members>, id: string, value: Members): void {
  if (!records.update(id, value)) records.create(value, id, id);
}

function listProblem(
  body: unknown,
  name: string,
  kinds: Parameters<typeof bodyProblem>[1],
): string | undefined {
  // bodyProblem found the list.
  const items = (body as Record<string, unknown[]>)[name] ?? [];
  return items.map((item) => bodyProblem(item, kinds)).find((problem) => problem !== undefined);
}
