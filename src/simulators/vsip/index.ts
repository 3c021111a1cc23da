import type { TokenIssuer } from '../auth/token-issuer.ts';
import { badRequest, json, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { notFound, validationFailure } from '../hmpps/api-errors.ts';
import { dayNumber, londonDay, londonSeconds } from '../hmpps/calendar.ts';
import { listParameter } from '../hmpps/query-values.ts';
import { createRouter, type Route } from '../hmpps/router.ts';
import { pageRequest, springPage } from '../hmpps/spring-page.ts';
import type { NomisWorld } from '../nomis/nomis-world.ts';
import { matchSession, OUTCOMES, parseVisit } from './migrate-visit.ts';
import { referenceOf, sequenceOf } from './visit-reference.ts';
import { createVisitStore, type VisitStore } from './visit-store.ts';

const MIGRATION_ROLES = ['ROLE_MIGRATE_VISITS', 'ROLE_MIGRATION_ADMIN'];
const READER_ROLES = ['ROLE_VISIT_SCHEDULER'];
const JSON_HEADERS = { 'content-type': 'application/json' };

export interface SchedulerOptions {
  readonly world: NomisWorld;
  readonly issuer: TokenIssuer;
  readonly now: () => Date;
}

/** What can be switched by `PUT /vsip/control`. */
interface SchedulerSettings {
  readonly honourIdempotencyKey: boolean;
  readonly prisonsWithoutSessions: readonly string[];
}

const DEFAULT_SETTINGS: SchedulerSettings = { honourIdempotencyKey: false, prisonsWithoutSessions: [] };

interface Scheduler extends SchedulerOptions {
  store: VisitStore;
  settings: SchedulerSettings;
  /** Numbers of the visits that were made under a key, kept while keys are honoured. */
  readonly made: Map<string, number>;
}

/** Takes migrated visits as the visit scheduler does: every accepted call makes a visit, whether it is there or not. */
export function visitSchedulerSimulator(options: SchedulerOptions): Simulator {
  return {
    name: 'vsip',
    title: 'Visit scheduler',
    standsFor: 'the visit scheduler (VSIP), to which visits are migrated',
    setting: 'API_BASE_URL_VISITS',
    start: async () =>
      startScheduler({ ...options, store: createVisitStore(), settings: DEFAULT_SETTINGS, made: new Map() }),
  };
}

function startScheduler(scheduler: Scheduler): RunningSimulator {
  const answer = createRouter([
    { method: 'GET', path: '/health/ping', answer: () => json(200, { status: 'UP' }) },
    allowed(scheduler, MIGRATION_ROLES, 'POST', '/migrate-visits', (request) => migrate(scheduler, request)),
    allowed(
      scheduler,
      MIGRATION_ROLES,
      'PUT',
      '/migrate-visits/{reference}/cancel',
      (request, reference = '') => cancel(scheduler, reference, request),
    ),
    allowed(scheduler, READER_ROLES, 'GET', '/visits/search', (request) => search(scheduler, request)),
    allowed(scheduler, READER_ROLES, 'GET', '/visits/{reference}', (_request, reference = '') =>
      oneVisit(scheduler, reference),
    ),
  ]);
  return {
    handle: answer,
    control: (request) => {
      if (request.path === '/control/visits' && request.method === 'POST')
        return takeMany(scheduler, request);
      return request.path === '/control' ? control(scheduler, request) : undefined;
    },
    audit: () => scheduler.store.audit(),
    clearData() {
      scheduler.store = createVisitStore();
      scheduler.settings = DEFAULT_SETTINGS;
      scheduler.made.clear();
    },
    state: () => `${scheduler.store.count.toLocaleString('en-GB')} visits made`,
  };
}

function allowed(
  { issuer }: Scheduler,
  roles: readonly string[],
  method: string,
  path: string,
  answer: Route['answer'],
): Route {
  return {
    method,
    path,
    answer: (request, ...params) => issuer.refuse(request, roles) ?? answer(request, ...params),
  };
}

/** A list of visits at once, for whoever wants it to hold very many: their references, null for each refused one. */
function takeMany(scheduler: Scheduler, request: SimulatorRequest): Reply {
  const bodies = jsonBody(request);
  if (!Array.isArray(bodies)) return badRequest(['Send a list of bodies of POST /migrate-visits.']);
  const references = bodies.map((body) => {
    const taken = take(scheduler, body);
    return typeof taken === 'number' ? referenceOf(taken) : null;
  });
  return json(201, references);
}

function migrate(scheduler: Scheduler, request: SimulatorRequest): Reply {
  const { settings, made } = scheduler;
  const key = settings.honourIdempotencyKey ? request.headers['idempotency-key'] : undefined;
  const known = typeof key === 'string' ? made.get(key) : undefined;
  if (known !== undefined) return created(known);
  const taken = take(scheduler, jsonBody(request));
  if (typeof taken !== 'number') return taken;
  if (typeof key === 'string') made.set(key, taken);
  return created(taken);
}

/** The number of the new visit, or what the scheduler says of it. */
function take(scheduler: Scheduler, body: unknown): number | Reply {
  const { store, settings, world } = scheduler;
  const parsed = parseVisit(body);
  if ('status' in parsed) return parsed;
  const visit = matchSession(parsed, londonDay(scheduler.now()), settings.prisonsWithoutSessions);
  if ('status' in visit) return visit;
  const nomisId =
    visit.created === undefined ? undefined : world.visits.idCreatedAt(visit.created, visit.prisonerId);
  return store.add({ ...visit, created: visit.created ?? londonSeconds(scheduler.now()) }, nomisId);
}

/** The reference stands there bare, although the type says JSON. */
function created(sequence: number): Reply {
  return { status: 201, headers: JSON_HEADERS, body: referenceOf(sequence) };
}

function cancel(scheduler: Scheduler, reference: string, request: SimulatorRequest): Reply {
  const sequence = known(scheduler, reference);
  if (sequence === undefined) return notFound(`visit not found by reference ${reference}`);
  const body = jsonBody(request);
  const outcome = member(member(body, 'cancelOutcome'), 'outcomeStatus');
  if (typeof outcome !== 'string' || !OUTCOMES.includes(outcome)) {
    return validationFailure('cancelOutcome.outcomeStatus must be a known outcome');
  }
  if (scheduler.store.status(sequence) !== 'CANCELLED') scheduler.store.cancel(sequence, outcome);
  return json(200, scheduler.store.visit(sequence));
}

function oneVisit(scheduler: Scheduler, reference: string): Reply {
  const sequence = known(scheduler, reference);
  return sequence === undefined
    ? notFound(`Visit not found ${reference}`)
    : json(200, scheduler.store.visit(sequence));
}

function known({ store }: Scheduler, reference: string): number | undefined {
  const sequence = sequenceOf(reference);
  return sequence !== undefined && sequence < store.count ? sequence : undefined;
}

function search({ store }: Scheduler, { query }: SimulatorRequest): Reply {
  const statuses = listParameter(query, 'visitStatus');
  if (statuses.length === 0 || !query.has('page') || !query.has('size')) {
    return validationFailure('visitStatus, page and size are required');
  }
  const [from, to] = [query.get('visitStartDate'), query.get('visitEndDate')];
  const days = [from, to].map((text) => (text === null ? undefined : (dayNumber(text) ?? Number.NaN)));
  if (days.some((day) => Number.isNaN(day)))
    return validationFailure('visitStartDate and visitEndDate are dates');
  const page = pageRequest(query);
  const wanted = {
    prisonerId: query.get('prisonerId') ?? undefined,
    prisonId: query.get('prisonId') ?? undefined,
    from: days[0],
    to: days[1],
    statuses,
  };
  const { total, sequences } = store.search(wanted, { first: page.page * page.size, size: page.size });
  return springPage(
    sequences.map((sequence) => JSON.stringify(store.visit(sequence))),
    page,
    total,
    true,
  );
}

function control(scheduler: Scheduler, request: SimulatorRequest): Reply {
  if (request.method === 'GET') return json(200, scheduler.settings);
  if (request.method !== 'PUT') return json(405, { message: 'Use GET or PUT.' });
  const body = jsonBody(request);
  const honour = member(body, 'honourIdempotencyKey') ?? scheduler.settings.honourIdempotencyKey;
  const prisons = member(body, 'prisonsWithoutSessions') ?? scheduler.settings.prisonsWithoutSessions;
  if (
    typeof honour !== 'boolean' ||
    !Array.isArray(prisons) ||
    !prisons.every((id) => typeof id === 'string')
  ) {
    return badRequest(['Send {"honourIdempotencyKey": boolean, "prisonsWithoutSessions": ["PVI"]}.']);
  }
  scheduler.settings = { honourIdempotencyKey: honour, prisonsWithoutSessions: prisons };
  return json(200, scheduler.settings);
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
