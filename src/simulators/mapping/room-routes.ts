import { json, noContent, type Reply } from '../frame/replies.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { notFound, validationFailure } from '../hmpps/api-errors.ts';
import { bodyProblem, isMembers, type Members } from '../hmpps/body-checks.ts';
import type { Route } from '../hmpps/router.ts';

export type Rooms = Map<string, Members>;

/** Which room of the new service stands for a visit room of NOMIS. */
export function roomRoutes(rooms: Rooms): Route[] {
  return [
    {
      method: 'GET',
      path: '/prison/{prisonId}/room/nomis-room-id/{nomisRoomDescription}',
      answer: (_request, prison = '', description = '') => {
        const room = rooms.get(keyOf(prison, description));
        return room ? json(200, room) : notFound(`prison id=${prison}, nomis room id=${description}`);
      },
    },
    {
      method: 'GET',
      path: '/prison/{prisonId}/room-mappings',
      answer: (_request, prison = '') => json(200, ofPrison(rooms, prison)),
    },
    {
      method: 'POST',
      path: '/prison/{prisonId}/room-mappings',
      answer: (request, prison = '') => create(rooms, prison, request),
    },
    {
      method: 'DELETE',
      path: '/prison/{prisonId}/room-mappings/nomis-room-id/{nomisRoomDescription}',
      answer: (_request, prison = '', description = '') => {
        rooms.delete(keyOf(prison, description));
        return noContent();
      },
    },
  ];
}

function ofPrison(rooms: Rooms, prison: string): Members[] {
  return [...rooms.values()]
    .filter((room) => room.prisonId === prison)
    .sort((a, b) => String(a.nomisRoomDescription).localeCompare(String(b.nomisRoomDescription)));
}

function create(rooms: Rooms, prison: string, request: SimulatorRequest): Reply {
  const body = jsonBody(request);
  const problem = bodyProblem(body, { vsipId: 'text', nomisRoomDescription: 'text', isOpen: 'flag?' });
  if (problem !== undefined || !isMembers(body))
    return validationFailure(problem ?? 'the body must be an object');
  const description = String(body.nomisRoomDescription);
  const key = keyOf(prison, description);
  if (rooms.has(key)) {
    return validationFailure(
      `Visit room mapping for prison ${prison} and nomis room = ${description} already exists`,
    );
  }
  rooms.set(key, {
    vsipId: body.vsipId,
    nomisRoomDescription: description,
    prisonId: prison,
    isOpen: body.isOpen ?? false,
  });
  return { status: 201, headers: {}, body: '' };
}

function keyOf(prison: string, description: string): string {
  return `${prison}\n${description}`;
}
