import type { TokenIssuer } from '../auth/token-issuer.ts';
import { badRequest, json, type Reply } from '../frame/replies.ts';
import type { RunningSimulator } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { createRouter, type Route } from './router.ts';
import type { IdempotencyKeys, TargetRecords } from './target-records.ts';

/** What every service that records are migrated to has: tokens, a health check, an audit and one switch. */
export function runTarget(options: {
  issuer: TokenIssuer;
  roles: readonly string[];
  routes: readonly Route[];
  records: Pick<TargetRecords<unknown>, 'count' | 'audit' | 'clear'>;
  keys: IdempotencyKeys;
  noun: string;
}): RunningSimulator {
  const { issuer, roles, records, keys } = options;
  const answer = createRouter([
    { method: 'GET', path: '/health/ping', answer: () => json(200, { status: 'UP' }) },
    ...options.routes,
  ]);
  return {
    handle: (request) =>
      (request.path === '/health/ping' ? undefined : issuer.refuse(request, roles)) ?? answer(request),
    control: (request) => (request.path === '/control' ? control(keys, request) : undefined),
    audit: () => records.audit(),
    clearData() {
      records.clear();
      keys.clear();
    },
    state: () => `${records.count.toLocaleString('en-GB')} ${options.noun}`,
  };
}

function control(keys: IdempotencyKeys, request: SimulatorRequest): Reply {
  if (request.method === 'PUT') {
    const body = jsonBody(request);
    const honour =
      typeof body === 'object' &&
      body !== null &&
      'honourIdempotencyKey' in body &&
      body.honourIdempotencyKey;
    if (typeof honour !== 'boolean') return badRequest(['Send {"honourIdempotencyKey": boolean}.']);
    keys.isHonoured = honour;
  } else if (request.method !== 'GET') return json(405, { message: 'Use GET or PUT.' });
  return json(200, { honourIdempotencyKey: keys.isHonoured });
}
