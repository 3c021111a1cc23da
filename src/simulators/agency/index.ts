import type { TokenIssuer } from '../auth/token-issuer.ts';
import { json, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { validationFailure } from '../hmpps/api-errors.ts';
import { bodyProblem, type Members } from '../hmpps/body-checks.ts';
import { createIdempotencyKeys, createTargetRecords, type TargetRecords } from '../hmpps/target-records.ts';
import { runTarget } from '../hmpps/target-simulator.ts';

const AGENCY = {
  agencyType: [
    'PRISON',
    'COURT',
    'HOSPITAL',
    'SECURE_HOSPITAL',
    'PROBATION_OFFICE',
    'POLICE_CUSTODY_SUITE',
    'APPROVED_PREMISE',
    'AIRPORT',
    'PROBATION_CRC',
    'FOREIGN_NATIONAL_PRISON',
    'VOLUNTARY_HOSTEL',
    'IMMIGRATION_DETENTION_CENTRE',
    'OUTSIDE',
    'PECS',
    'PSYCHIATRIC_CARE',
    'CHILDREN_SECURE_HOME',
    'SECURE_TRAINING_CENTRE',
    'YOT',
  ],
  name: 'text',
  description: 'text?',
  active: 'flag',
  inactiveDate: 'date?',
  addresses: 'list',
  emailAddresses: 'list',
  phoneNumbers: 'list',
} as const;

/** Keeps agencies by the id that they have in NOMIS; each is made or set, whichever it takes. */
export function agencySimulator(issuer: TokenIssuer): Simulator {
  return {
    name: 'agency',
    title: 'Agency registers API',
    standsFor: 'the agency registers API, to which courts, prisons and other agencies go',
    setting: 'API_BASE_URL_AGENCY',
    start: async () => startAgency(issuer),
  };
}

function startAgency(issuer: TokenIssuer): RunningSimulator {
  const records = createTargetRecords<Members>();
  return runTarget({
    issuer,
    roles: ['ROLE_AGENCY_REGISTERS__SYNC__RW'],
    records,
    keys: createIdempotencyKeys(),
    noun: 'agencies',
    routes: ['/legacy/migrate/agency/id/{agencyId}', '/legacy/sync/agency/id/{agencyId}'].map((path) => ({
      method: 'POST',
      path,
      answer: (request: SimulatorRequest, agencyId = '') => put(records, agencyId, request),
    })),
  });
}

function put(records: TargetRecords<Members>, id: string, request: SimulatorRequest): Reply {
  const body = jsonBody(request);
  const problem = bodyProblem(body, AGENCY);
  if (problem !== undefined) return validationFailure(problem);
  // bodyProblem found an object.
  const agency = body as Members;
  const updated = JSON.stringify(records.get(id)) !== JSON.stringify(agency);
  if (updated && !records.update(id, agency)) records.create(agency, id, id);
  return json(200, { updated });
}
