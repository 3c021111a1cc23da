import { badRequest, json, noContent, type Reply } from '../frame/replies.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { numberOf } from '../hmpps/query-values.ts';
import type { NomisWorld } from './nomis-world.ts';
import type { RecordSet } from './record-set.ts';
import { changedShares } from './visits/visit-shares.ts';
import type { Visits } from './visits/visits.ts';

/** The most visits there can be: one for every second in which they are entered. */
const MAX_VISITS = 80_000_000;

/** Changes what NOMIS holds, beneath `/control`; undefined for other paths. */
export function nomisControl(
  world: NomisWorld,
  kinds: ReadonlyMap<string, RecordSet<object>>,
  request: SimulatorRequest,
): Reply | undefined {
  if (!request.path.startsWith('/control/')) return undefined;
  const [kind = '', idText, ...rest] = request.path.slice('/control/'.length).split('/');
  if (rest.length > 0) return noSuchControl();
  if (idText === undefined) return kind === 'visits' ? controlVisits(world.visits, request) : noSuchControl();
  const id = numberOf(idText);
  if (id === undefined) return badRequest([`${idText} is not an id`]);
  if (kind === 'visits') return controlVisit(world.visits, id, request);
  if (kind === 'bookings') return moveBooking(world, id, request);
  const records = kinds.get(kind);
  return records ? controlRecord(records, id, request) : noSuchControl();
}

function noSuchControl(): Reply {
  return json(404, { message: 'There is no such control; the README of the simulators lists them.' });
}

function controlVisits(visits: Visits, request: SimulatorRequest): Reply {
  if (request.method === 'GET') return json(200, { count: visits.count, shares: visits.shares });
  const body = members(request);
  if (!body) return badRequest(['The body must be a JSON object.']);
  const count = body.count ?? (request.method === 'PUT' ? visits.count : undefined);
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > MAX_VISITS) {
    return badRequest([`count must be a whole number up to ${MAX_VISITS}`]);
  }
  if (request.method === 'POST') return json(201, { firstVisitId: visits.append(count), count });
  if (request.method !== 'PUT') return json(405, { message: 'Use GET, PUT or POST.' });
  const parsed = changedShares(visits.shares, isMembers(body.shares) ? body.shares : {});
  if ('problem' in parsed) return badRequest([parsed.problem]);
  visits.replan(count, parsed.shares);
  return json(200, { count: visits.count, shares: visits.shares });
}

function controlVisit(visits: Visits, id: number, request: SimulatorRequest): Reply {
  const body = members(request) ?? {};
  const found = request.method === 'DELETE' ? visits.remove(id) : visits.change(id, body);
  return found ? noContent() : json(404, { message: `There is no visit ${id}.` });
}

function moveBooking({ bookings }: NomisWorld, id: number, request: SimulatorRequest): Reply {
  const to = members(request)?.offenderNo;
  const isMoved = request.method === 'PUT' && typeof to === 'string' && bookings.move(id, to);
  return isMoved
    ? noContent()
    : badRequest(['PUT {"offenderNo": ...} of a prisoner and a booking that there are.']);
}

/** PUT creates or changes; the members given replace the ones there, and a null takes one away. */
function controlRecord(records: RecordSet<object>, id: number, request: SimulatorRequest): Reply {
  if (request.method === 'DELETE') {
    return records.remove(id) ? noContent() : json(404, { message: `There is no record ${id}.` });
  }
  const body = members(request);
  if (request.method !== 'PUT' || !body) return badRequest(['PUT a JSON object, or DELETE.']);
  records.put(id, body);
  return json(200, records.get(id));
}

function members(request: SimulatorRequest): Readonly<Record<string, unknown>> | undefined {
  const body = jsonBody(request);
  return isMembers(body) ? body : undefined;
}

function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
