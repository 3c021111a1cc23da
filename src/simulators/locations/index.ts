import type { TokenIssuer } from '../auth/token-issuer.ts';
import { json, noContent, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { notFound, validationFailure } from '../hmpps/api-errors.ts';
import { bodyProblem, type Members } from '../hmpps/body-checks.ts';
import { createIdempotencyKeys, createTargetRecords, type TargetRecords } from '../hmpps/target-records.ts';
import { runTarget } from '../hmpps/target-simulator.ts';
import { DEACTIVATION_REASONS, HOUSING_TYPES, LOCATION_TYPES } from './location-codes-data.ts';

const LOCATION = {
  prisonId: 'text',
  code: 'text',
  locationType: LOCATION_TYPES,
  localName: 'text?',
  comments: 'text?',
  orderWithinParentLocation: 'number?',
  parentId: 'text?',
  parentLocationPath: 'text?',
  capacity: 'object?',
  certifiedCell: 'flag?',
  attributes: 'list?',
  usage: 'list?',
  deactivatedDate: 'date?',
  proposedReactivationDate: 'date?',
  createDate: 'dateTime?',
  lastModifiedDate: 'dateTime?',
  lastUpdatedBy: 'text',
  isDeactivated: 'flag',
} as const;

/** Keeps locations inside prisons; a location without an id is a new one, whether it is there or not. */
export function locationsSimulator(issuer: TokenIssuer): Simulator {
  return {
    name: 'locations',
    title: 'Locations inside prison API',
    standsFor: 'the locations API, to which internal locations go',
    setting: 'API_BASE_URL_LOCATIONS',
    start: async () => startLocations(issuer),
  };
}

function startLocations(issuer: TokenIssuer): RunningSimulator {
  const records = createTargetRecords<Members>();
  const keys = createIdempotencyKeys();
  const shown = (id: string, location: Members): Members => ({
    id,
    key: keyOf(records, location),
    ...location,
  });
  return runTarget({
    issuer,
    roles: ['ROLE_SYNC_LOCATIONS', 'ROLE_VIEW_LOCATIONS'],
    records,
    keys,
    noun: 'locations',
    routes: [
      {
        method: 'POST',
        path: '/sync/upsert',
        answer: (request) => upsert(records, request, (create) => keys.once(request, create), shown),
      },
      {
        method: 'DELETE',
        path: '/sync/delete/{id}',
        answer: (_request, id = '') => (records.remove(id) ? noContent() : missing(id)),
      },
      {
        method: 'GET',
        path: '/locations/{id}',
        answer: (_request, id = '') => {
          const location = records.get(id);
          return location ? json(200, shown(id, location)) : missing(id);
        },
      },
      {
        method: 'GET',
        path: '/locations/key/{key}',
        answer: (_request, key = '') => {
          const [found] = records.list((location) => keyOf(records, location) === key);
          return found ? json(200, shown(found.id, found.value)) : missing(key);
        },
      },
    ],
  });
}

function upsert(
  records: TargetRecords<Members>,
  request: SimulatorRequest,
  once: (create: () => string) => string,
  shown: (id: string, location: Members) => Members,
): Reply {
  const body = jsonBody(request);
  const problem = bodyProblem(body, LOCATION) ?? badCode(body as Members);
  if (problem !== undefined) return validationFailure(problem);
  // bodyProblem found every member as it has to be.
  const { id, ...location } = body as Members;
  const parent = location.parentId ?? undefined;
  if (typeof parent === 'string' && !records.get(parent)) return missing(parent);
  if (typeof id === 'string') {
    return records.update(id, location) ? json(200, shown(id, location)) : missing(id);
  }
  const made = once(() => records.create(location, keyOf(records, location)));
  return json(201, shown(made, location));
}

function missing(what: string): Reply {
  return notFound(`There is no location found for ID = ${what}`);
}

function badCode(body: Members): string | undefined {
  if (!/^[A-Z]{2}I$|^ZZGHI$/.test(String(body.prisonId)))
    return `prisonId ${String(body.prisonId)} is not a prison`;
  const housing = body.residentialHousingType ?? undefined;
  if (housing !== undefined && !HOUSING_TYPES.includes(String(housing)))
    return `residentialHousingType ${housing}`;
  const reason = body.deactivationReason ?? undefined;
  return reason === undefined || DEACTIVATION_REASONS.includes(String(reason))
    ? undefined
    : `deactivationReason ${String(reason)}`;
}

/** `MDI-A-1-001`: the prison, the codes of those above and its own. */
function keyOf(records: TargetRecords<Members>, location: Members): string {
  return `${String(location.prisonId)}-${pathOf(records, location)}`;
}

function pathOf(records: TargetRecords<Members>, location: Members): string {
  const code = String(location.code);
  if (typeof location.parentLocationPath === 'string') return `${location.parentLocationPath}-${code}`;
  const parent = typeof location.parentId === 'string' ? records.get(location.parentId) : undefined;
  return parent ? `${pathOf(records, parent)}-${code}` : code;
}
