import type { TokenIssuer } from '../auth/token-issuer.ts';
import { json, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { notFound, validationFailure } from '../hmpps/api-errors.ts';
import { bodyProblem, type Members } from '../hmpps/body-checks.ts';
import { createIdempotencyKeys, createTargetRecords, type TargetRecords } from '../hmpps/target-records.ts';
import { runTarget } from '../hmpps/target-simulator.ts';

const BALANCE = {
  prisonerId: 'text',
  voBalance: 'number',
  pvoBalance: 'number',
  lastVoAllocationDate: 'date?',
} as const;

const CHANGE = {
  prisonerId: 'text',
  oldVoBalance: 'number?',
  changeToVoBalance: 'number?',
  oldPvoBalance: 'number?',
  changeToPvoBalance: 'number?',
  createdDate: 'date',
  adjustmentReasonCode: [
    'AUTO_EXP',
    'CANC',
    'DISC',
    'GOV',
    'IEP',
    'PVO_CANCEL',
    'PVO_IEP',
    'PVO_ISSUE',
    'VO_CANCEL',
    'VO_ISSUE',
    'VO_RECREDIT',
  ],
  changeLogSource: ['SYSTEM', 'STAFF'],
  comment: 'text?',
} as const;

/** Keeps one balance for each prisoner: set by a migration, moved by every change whether it came before or not. */
export function visitBalanceSimulator(issuer: TokenIssuer): Simulator {
  return {
    name: 'visit-balance',
    title: 'Visit allocation API',
    standsFor: 'the visit allocation API, to which visit balances go',
    setting: 'API_BASE_URL_VISIT_BALANCE',
    start: async () => startVisitBalance(issuer),
  };
}

function startVisitBalance(issuer: TokenIssuer): RunningSimulator {
  const records = createTargetRecords<Members>();
  const keys = createIdempotencyKeys();
  return runTarget({
    issuer,
    roles: ['ROLE_VISIT_ALLOCATION_API__NOMIS_API'],
    records,
    keys,
    noun: 'visit balances',
    routes: [
      {
        method: 'POST',
        path: '/visits/allocation/prisoner/migrate',
        answer: (request) => migrate(records, request),
      },
      {
        method: 'POST',
        path: '/visits/allocation/prisoner/sync',
        answer: (request) => change(records, request, (apply) => keys.once(request, apply)),
      },
      {
        method: 'GET',
        path: '/visits/allocation/prisoner/{prisonerId}/balance',
        answer: (_request, prisonerId = '') => {
          const balance = records.get(prisonerId);
          return balance ? json(200, balance) : notFound(`Prisoner with id ${prisonerId} not found`);
        },
      },
    ],
  });
}

function migrate(records: TargetRecords<Members>, request: SimulatorRequest): Reply {
  const body = jsonBody(request);
  const problem = bodyProblem(body, BALANCE);
  if (problem !== undefined) return validationFailure(problem);
  // bodyProblem found every member as it has to be.
  put(records, body as Members & { prisonerId: string });
  return done();
}

function change(
  records: TargetRecords<Members>,
  request: SimulatorRequest,
  once: (apply: () => string) => string,
): Reply {
  const body = jsonBody(request);
  const problem = bodyProblem(body, CHANGE);
  if (problem !== undefined) return validationFailure(problem);
  // bodyProblem found every member as it has to be.
  const given = body as Members & { prisonerId: string };
  once(() => {
    const balance = records.get(given.prisonerId);
    const sum = (now: unknown, old: unknown, by: unknown): number =>
      Number(now ?? old ?? 0) + Number(by ?? 0);
    put(records, {
      ...balance,
      prisonerId: given.prisonerId,
      voBalance: sum(balance?.voBalance, given.oldVoBalance, given.changeToVoBalance),
      pvoBalance: sum(balance?.pvoBalance, given.oldPvoBalance, given.changeToPvoBalance),
    });
    return given.prisonerId;
  });
  return done();
}

function put(records: TargetRecords<Members>, balance: Members & { prisonerId: string }): void {
  const { prisonerId } = balance;
  if (!records.update(prisonerId, balance)) records.create(balance, prisonerId, prisonerId);
}

function done(): Reply {
  return { status: 200, headers: {}, body: '' };
}
