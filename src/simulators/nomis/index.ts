import type { TokenIssuer } from '../auth/token-issuer.ts';
import { json } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { createRouter } from '../hmpps/router.ts';
import { adjustmentRoutes } from './adjustment-routes.ts';
import { nomisControl } from './controls.ts';
import type { NomisWorld } from './nomis-world.ts';
import { recordRoutes } from './record-routes.ts';
import type { RecordSet } from './record-set.ts';
import { registerRoutes } from './register-routes.ts';
import { type EventSink, sendEvents } from './send-events.ts';
import { visitRoutes } from './visit-routes.ts';

const ROLES = ['ROLE_NOMIS_PRISONER_API__SYNCHRONISATION__RW', 'ROLE_NOMIS_VISITS', 'ROLE_NOMIS_SENTENCING'];

/** The source of all migrations. What it holds is made from ids, so that millions of records need no memory. */
export function nomisSimulator(world: NomisWorld, issuer: TokenIssuer): Simulator {
  return {
    name: 'nomis',
    title: 'NOMIS prisoner API',
    standsFor: 'the NOMIS prisoner API, from which records are migrated',
    setting: 'API_BASE_URL_NOMIS',
    start: async ({ settings }) => startNomis(world, { issuer, migrationUrl: settings.migrationUrl }),
  };
}

function startNomis(world: NomisWorld, sink: EventSink): RunningSimulator {
  const answer = createRouter([
    { method: 'GET', path: '/health/ping', answer: () => json(200, { status: 'UP' }) },
    ...visitRoutes(world.visits),
    ...adjustmentRoutes(world),
    ...recordRoutes(world),
    ...registerRoutes(world),
  ]);
  const kinds: ReadonlyMap<string, RecordSet<object>> = new Map<string, RecordSet<object>>([
    ['sentence-adjustments', world.sentenceAdjustments],
    ['key-date-adjustments', world.keyDateAdjustments],
    ['locations', world.locations],
    ['alerts', world.alerts],
    ['casenotes', world.caseNotes],
    ['visit-balances', world.visitBalances],
    ['visit-balance-adjustments', world.balanceAdjustments],
    ['staff', world.staff],
    ['agencies', world.agencies],
    ['prisoner-balances', world.prisonerBalances],
    ['transactions', world.transactions],
  ]);
  return {
    handle: (request) =>
      (request.path === '/health/ping' ? undefined : sink.issuer.refuse(request, ROLES)) ?? answer(request),
    control: (request) =>
      request.path === '/control/events' ? sendEvents(sink, request) : nomisControl(world, kinds, request),
    clearData: () => world.reset(),
    state: () => `${world.visits.count.toLocaleString('en-GB')} visits`,
  };
}
