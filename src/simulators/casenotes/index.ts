import type { TokenIssuer } from '../auth/token-issuer.ts';
import { json, noContent, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { notFound, validationFailure } from '../hmpps/api-errors.ts';
import { bodyProblem, isMembers, type Members } from '../hmpps/body-checks.ts';
import {
  createIdempotencyKeys,
  createTargetRecords,
  type IdempotencyKeys,
  type TargetRecords,
} from '../hmpps/target-records.ts';
import { runTarget } from '../hmpps/target-simulator.ts';

const CASE_NOTE = {
  legacyId: 'number',
  id: 'text?',
  personIdentifier: 'text',
  locationId: 'text',
  type: 'text',
  subType: 'text',
  occurrenceDateTime: 'dateTime',
  text: 'text',
  systemGenerated: 'flag',
  author: 'object',
  createdDateTime: 'dateTime',
  createdByUsername: 'text',
  amendments: 'list',
} as const;

/** Keeps case notes. A note that comes with its id is updated; any other is new, also one that came before. */
export function caseNotesSimulator(issuer: TokenIssuer): Simulator {
  return {
    name: 'casenotes',
    title: 'Case notes API',
    standsFor: 'the case notes API, to which case notes go',
    setting: 'API_BASE_URL_CASENOTES',
    start: async () => startCaseNotes(issuer),
  };
}

function startCaseNotes(issuer: TokenIssuer): RunningSimulator {
  const records = createTargetRecords<Members>();
  const keys = createIdempotencyKeys();
  return runTarget({
    issuer,
    roles: ['ROLE_PRISONER_CASE_NOTES__SYNC__RW'],
    records,
    keys,
    noun: 'case notes',
    routes: [
      {
        method: 'PUT',
        path: '/sync/case-notes',
        answer: (request) => sync(records, keys, request),
      },
      {
        method: 'DELETE',
        path: '/sync/case-notes/{id}',
        answer(_request, id = '') {
          records.remove(id);
          return noContent();
        },
      },
      { method: 'PUT', path: '/move/case-notes', answer: (request) => move(records, jsonBody(request)) },
      {
        method: 'GET',
        path: '/case-notes/{personIdentifier}/{id}',
        answer: (_request, person = '', id = '') => {
          const note = records.get(id);
          return note?.personIdentifier === person
            ? json(200, { id, ...note })
            : notFound('Case note not found');
        },
      },
    ],
  });
}

function sync(records: TargetRecords<Members>, keys: IdempotencyKeys, request: SimulatorRequest): Reply {
  const body = jsonBody(request);
  const problem = bodyProblem(body, CASE_NOTE);
  if (problem !== undefined) return validationFailure(problem);
  // bodyProblem found every member as it has to be.
  const { id: known, ...note } = body as Members;
  const { legacyId } = note;
  if (typeof known === 'string') {
    if (!records.update(known, note)) return notFound(`Case note ${known} not found`);
    return json(200, { id: known, legacyId, action: 'UPDATED' });
  }
  const id = keys.once(request, () => records.create(note, String(legacyId)));
  return json(201, { id, legacyId, action: 'CREATED' });
}

function move(records: TargetRecords<Members>, body: unknown): Reply {
  const problem = bodyProblem(body, {
    fromPersonIdentifier: 'text',
    toPersonIdentifier: 'text',
    caseNoteIds: 'list',
  });
  if (problem !== undefined || !isMembers(body))
    return validationFailure(problem ?? 'the body must be an object');
  const ids = Array.isArray(body.caseNoteIds) ? body.caseNoteIds.map(String) : [];
  for (const id of ids) {
    const note = records.get(id);
    if (note?.personIdentifier === body.fromPersonIdentifier) {
      records.update(id, { ...note, personIdentifier: body.toPersonIdentifier });
    }
  }
  return { status: 200, headers: {}, body: '' };
}
