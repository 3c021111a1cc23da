import type { TokenIssuer } from '../auth/token-issuer.ts';
import { json } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { localDateTime, londonSeconds } from '../hmpps/calendar.ts';
import { createRouter } from '../hmpps/router.ts';
import { MAPPING_KINDS } from './mapping-kinds-data.ts';
import { mappingRoutes } from './mapping-routes.ts';
import { createMappingTable } from './mapping-table.ts';
import { type Rooms, roomRoutes } from './room-routes.ts';

const ROLES = [
  'ROLE_NOMIS_MAPPING_API__SYNCHRONISATION__RW',
  'ROLE_NOMIS_DPS_MAPPING__VISITS__RW',
  'ROLE_NOMIS_VISITS',
  'ROLE_NOMIS_SENTENCING',
  'ROLE_ADMIN_NOMIS',
];

/** A mapping service on another machine, for those who do not use the module's own. */
export function mappingSimulator(options: { issuer: TokenIssuer; now: () => Date }): Simulator {
  return {
    name: 'mapping',
    title: 'NOMIS mapping service',
    standsFor: 'a mapping service of its own; the migration module has one built in',
    setting: 'API_BASE_URL_MAPPING',
    start: async () => startMapping(options),
  };
}

function startMapping({ issuer, now }: { issuer: TokenIssuer; now: () => Date }): RunningSimulator {
  const rooms: Rooms = new Map();
  const kinds = MAPPING_KINDS.map((kind) => ({ kind, table: createMappingTable(kind) }));
  const printedNow = (): string => localDateTime(londonSeconds(now()));
  const answer = createRouter([
    { method: 'GET', path: '/health/ping', answer: () => json(200, { status: 'UP' }) },
    ...kinds.flatMap(({ kind, table }) => mappingRoutes(kind, table, printedNow)),
    ...roomRoutes(rooms),
  ]);
  return {
    handle: (request) =>
      (request.path === '/health/ping' ? undefined : issuer.refuse(request, ROLES)) ?? answer(request),
    *audit() {
      for (const { table } of kinds) yield* table.audit();
    },
    clearData() {
      rooms.clear();
      for (const { table } of kinds) table.clear();
    },
    state: () => `${kinds.reduce((sum, { table }) => sum + table.count, 0).toLocaleString('en-GB')} mappings`,
  };
}
