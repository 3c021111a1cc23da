import type { TokenIssuer } from '../auth/token-issuer.ts';
import { json, noContent, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { apiError, notFound, validationFailure } from '../hmpps/api-errors.ts';
import { bodyProblem, type Members } from '../hmpps/body-checks.ts';
import { createIdempotencyKeys, createTargetRecords, type TargetRecords } from '../hmpps/target-records.ts';
import { runTarget } from '../hmpps/target-simulator.ts';

const CREATE = {
  alertCode: 'text',
  description: 'text?',
  authorisedBy: 'text?',
  activeFrom: 'date?',
  activeTo: 'date?',
} as const;
const UPDATE = {
  description: 'text?',
  authorisedBy: 'text?',
  activeFrom: 'date?',
  activeTo: 'date?',
} as const;
const RESYNC = {
  ...CREATE,
  offenderBookId: 'number',
  alertSeq: 'number',
  activeFrom: 'date',
  createdAt: 'dateTime',
  createdBy: 'text',
  createdByDisplayName: 'text',
  isActive: 'flag',
} as const;

/** Keeps alerts of prisoners. From NOMIS it takes a code twice; from others an active code only once. */
export function alertsSimulator(issuer: TokenIssuer): Simulator {
  return {
    name: 'alerts',
    title: 'Alerts API',
    standsFor: 'the alerts API, to which alerts go',
    setting: 'API_BASE_URL_ALERTS',
    start: async () => startAlerts(issuer),
  };
}

function startAlerts(issuer: TokenIssuer): RunningSimulator {
  const records = createTargetRecords<Members>();
  const keys = createIdempotencyKeys();
  const shown = (id: string): Reply => {
    const alert = records.get(id);
    return alert ? json(200, { alertUuid: id, ...alert }) : notFound('Alert not found');
  };
  return runTarget({
    issuer,
    roles: ['ROLE_PRISONER_ALERTS__RW', 'ROLE_NOMIS_ALERTS'],
    records,
    keys,
    noun: 'alerts',
    routes: [
      {
        method: 'POST',
        path: '/prisoners/{prisonNumber}/alerts',
        answer: (request, prisonNumber = '') =>
          create(records, request, prisonNumber, (make) => keys.once(request, make)),
      },
      { method: 'GET', path: '/alerts/{alertUuid}', answer: (_request, id = '') => shown(id) },
      {
        method: 'PUT',
        path: '/alerts/{alertUuid}',
        answer: (request, id = '') => update(records, request, id) ?? shown(id),
      },
      {
        method: 'DELETE',
        path: '/alerts/{alertUuid}',
        answer(_request, id = '') {
          records.remove(id);
          return noContent();
        },
      },
      {
        method: 'POST',
        path: '/resync/{prisonNumber}/alerts',
        answer: (request, prisonNumber = '') => resync(records, jsonBody(request), prisonNumber),
      },
    ],
  });
}

function create(
  records: TargetRecords<Members>,
  request: SimulatorRequest,
  prisonNumber: string,
  once: (make: () => string) => string,
): Reply {
  const body = jsonBody(request);
  const problem = bodyProblem(body, CREATE);
  if (problem !== undefined) return validationFailure(problem);
  // bodyProblem found every member as it has to be.
  const alert = { prisonNumber, isActive: true, ...(body as Members) };
  const isActiveAlready = (other: Members): boolean =>
    other.prisonNumber === prisonNumber &&
    other.alertCode === (body as Members).alertCode &&
    other.activeTo == null;
  if (request.headers.source !== 'NOMIS' && records.list(isActiveAlready).length > 0) {
    return apiError(409, 'Duplicate failure: Alert already exists for the person');
  }
  const id = once(() => records.create(alert, sourceOf(alert)));
  return json(201, { alertUuid: id, ...records.get(id) });
}

function update(records: TargetRecords<Members>, request: SimulatorRequest, id: string): Reply | undefined {
  const body = jsonBody(request);
  const problem = bodyProblem(body, UPDATE);
  if (problem !== undefined) return validationFailure(problem);
  // bodyProblem found every member as it has to be.
  records.update(id, { ...records.get(id), ...(body as Members) });
  return undefined;
}

/** Replaces all alerts of the prisoner. */
function resync(records: TargetRecords<Members>, body: unknown, prisonNumber: string): Reply {
  if (!Array.isArray(body)) return validationFailure('the body must be a list of alerts');
  const problem = body.map((alert) => bodyProblem(alert, RESYNC)).find((one) => one !== undefined);
  if (problem !== undefined) return validationFailure(problem);
  for (const { id } of records.list((alert) => alert.prisonNumber === prisonNumber)) records.remove(id);
  // bodyProblem found every member of each as it has to be.
  const made = (body as Members[]).map((given) => {
    const { offenderBookId, alertSeq, ...alert } = given;
    const value = { prisonNumber, ...alert };
    return { offenderBookId, alertSeq, alertUuid: records.create(value, sourceOf(value)) };
  });
  return json(201, made);
}

/** An alert says nothing of the one in NOMIS; what it says of the prisoner has to do. */
function sourceOf(alert: Members): string {
  return [alert.prisonNumber, alert.alertCode, alert.activeFrom, alert.description]
    .map((value) => value ?? '')
    .join(' ');
}
