import type { TokenIssuer } from '../auth/token-issuer.ts';
import { json, noContent, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { apiError, validationFailure } from '../hmpps/api-errors.ts';
import { bodyProblem, isMembers, type Members } from '../hmpps/body-checks.ts';
import { createIdempotencyKeys, createTargetRecords, type TargetRecords } from '../hmpps/target-records.ts';
import { runTarget } from '../hmpps/target-simulator.ts';

const STATUS = ['ACTIVE', 'INACTIVE'];
const USER = {
  firstName: 'text',
  lastName: 'text',
  status: STATUS,
  createdTimestamp: 'dateTime',
  createdBy: 'text',
} as const;
const ACCOUNT_TYPES = ['ADMIN', 'GENERAL'];

/** Keeps users by the id that they have in NOMIS: a second one of it is refused, and each can be set anew. */
export function staffSimulator(issuer: TokenIssuer): Simulator {
  return {
    name: 'staff',
    title: 'Prison users API',
    standsFor: 'the prison users API, to which staff go',
    setting: 'API_BASE_URL_STAFF',
    start: async () => startStaff(issuer),
  };
}

function startStaff(issuer: TokenIssuer): RunningSimulator {
  const records = createTargetRecords<Members>();
  return runTarget({
    issuer,
    roles: ['ROLE_PRISON_USERS_API__MIGRATION__RW', 'ROLE_PRISON_USERS_API__SYNC__RW'],
    records,
    keys: createIdempotencyKeys(),
    noun: 'users',
    routes: [
      { method: 'POST', path: '/migrate/user', answer: (request) => migrate(records, request) },
      {
        method: 'PUT',
        path: '/sync/user/{legacyStaffId}',
        answer: (request, id = '') => put(records, id, request),
      },
      {
        method: 'DELETE',
        path: '/prison-users/staff/{staffId}',
        answer(_request, id = '') {
          records.remove(id);
          return noContent();
        },
      },
    ],
  });
}

function migrate(records: TargetRecords<Members>, request: SimulatorRequest): Reply {
  const body = jsonBody(request);
  const user = isMembers(body) ? body.user : undefined;
  const problem = bodyProblem(user, { ...USER, staffId: 'number' }) ?? accountsProblem(body, 'accounts?');
  if (problem !== undefined) return validationFailure(problem);
  // bodyProblem found the number.
  const { staffId } = user as { staffId: number };
  const id = String(staffId);
  if (records.get(id)) return apiError(409, `Conflict: User with staff id ${id} already exists`);
  // bodyProblem found an object.
  records.create(body as Members, id, id);
  return json(200, { userId: crypto.randomUUID(), staffId });
}

/** Made or set, whichever it takes. */
function put(records: TargetRecords<Members>, id: string, request: SimulatorRequest): Reply {
  const body = jsonBody(request);
  const problem =
    bodyProblem(body, { ...USER, emails: 'list', accounts: 'list' }) ?? accountsProblem(body, 'accounts');
  if (problem !== undefined) return validationFailure(problem);
  // bodyProblem found an object.
  if (!records.update(id, body as Members)) records.create(body as Members, id, id);
  return noContent();
}

function accountsProblem(body: unknown, name: 'accounts' | 'accounts?'): string | undefined {
  const accounts = isMembers(body) ? body.accounts : undefined;
  if (name === 'accounts?' && (accounts === undefined || accounts === null)) return undefined;
  if (!Array.isArray(accounts)) return 'accounts must be a list';
  const kinds = {
    username: 'text',
    accountType: ACCOUNT_TYPES,
    accountStatus: 'text',
    createdBy: 'text',
  } as const;
  return accounts.map((account) => bodyProblem(account, kinds)).find((problem) => problem !== undefined);
}
