import type { SettingValues } from '#platform/config';
import type { OutgoingCalls } from '#platform/http';
import type { Clock } from '#platform/telemetry';
import { createLimiter } from './limiter.ts';
import { createTokenSource } from './tokens.ts';
import { createUpstream, type Upstream } from './upstream.ts';
import type { upstreamSettings } from './upstream-settings.ts';

export type { Upstream, UpstreamAnswer, UpstreamRequest } from './upstream.ts';
export { UpstreamError } from './upstream-error.ts';

type Config = SettingValues<typeof upstreamSettings>;

/** `mapping` is undefined while the module's own store is used. */
export type Upstreams = Record<UpstreamName, Upstream> & { mapping: Upstream | undefined; authUrl: string };

export const UPSTREAM_NAMES = [
  'nomis',
  'visits',
  'sentencing',
  'alerts',
  'caseNotes',
  'locations',
  'visitBalance',
  'staff',
] as const;
export type UpstreamName = (typeof UPSTREAM_NAMES)[number];

const SOURCE_TIMEOUT_SECONDS = 60;
const MAPPING_TIMEOUT_SECONDS = 10;

/** Every system that domains read or write, real ones or the simulators: spec section 7.3. */
export function createUpstreams(options: {
  config: Config;
  outgoing: OutgoingCalls;
  clock: Clock;
  /** Base of the simulators' listener. */
  simulatorsUrl: string;
}): Upstreams {
  const { config, outgoing, clock, simulatorsUrl } = options;
  const authUrl = config.authUrl ?? `${simulatorsUrl}/auth`;
  const make = (upstream: {
    name: string;
    url: string | undefined;
    simulator: string;
    healthKey: string;
    clientId: string;
    clientSecret: string;
    timeoutSeconds: number;
  }) =>
    createUpstream({
      name: upstream.name,
      baseUrl: (upstream.url ?? `${simulatorsUrl}/${upstream.simulator}`).replace(/\/$/, ''),
      healthKey: upstream.healthKey,
      timeoutMs: upstream.timeoutSeconds * 1_000,
      outgoing,
      limiter: createLimiter(config.upstreamConcurrency),
      tokens: createTokenSource({
        outgoing,
        clock,
        authUrl,
        clientId: upstream.clientId,
        clientSecret: upstream.clientSecret,
      }),
    });
  const target = config.targetTimeoutSeconds;
  return {
    authUrl,
    nomis: make({
      name: 'nomis-api',
      url: config.nomisUrl,
      simulator: 'nomis',
      healthKey: 'nomisApiHealth',
      clientId: config.nomisClientId,
      clientSecret: config.nomisClientSecret,
      timeoutSeconds: SOURCE_TIMEOUT_SECONDS,
    }),
    visits: make({
      name: 'visits-api',
      url: config.visitsUrl,
      simulator: 'vsip',
      healthKey: 'visitsApi',
      clientId: config.visitsClientId,
      clientSecret: config.visitsClientSecret,
      timeoutSeconds: target,
    }),
    sentencing: make({
      name: 'sentencing-api',
      url: config.sentencingUrl,
      simulator: 'adjustments',
      healthKey: 'sentencingApi',
      clientId: config.sentencingClientId,
      clientSecret: config.sentencingClientSecret,
      timeoutSeconds: target,
    }),
    alerts: make({
      name: 'alerts-api',
      url: config.alertsUrl,
      simulator: 'alerts',
      healthKey: 'alertsApi',
      clientId: config.alertsClientId,
      clientSecret: config.alertsClientSecret,
      timeoutSeconds: target,
    }),
    caseNotes: make({
      name: 'casenotes-api',
      url: config.caseNotesUrl,
      simulator: 'casenotes',
      healthKey: 'caseNotesApi',
      clientId: config.caseNotesClientId,
      clientSecret: config.caseNotesClientSecret,
      timeoutSeconds: target,
    }),
    locations: make({
      name: 'locations-api',
      url: config.locationsUrl,
      simulator: 'locations',
      healthKey: 'locationsApi',
      clientId: config.locationsClientId,
      clientSecret: config.locationsClientSecret,
      timeoutSeconds: target,
    }),
    visitBalance: make({
      name: 'visit-balance-api',
      url: config.visitBalanceUrl,
      simulator: 'visit-balance',
      healthKey: 'visitBalanceApi',
      clientId: config.visitBalanceClientId,
      clientSecret: config.visitBalanceClientSecret,
      timeoutSeconds: target,
    }),
    staff: make({
      name: 'staff-api',
      url: config.staffUrl,
      simulator: 'staff',
      healthKey: 'staffApi',
      clientId: config.staffClientId,
      clientSecret: config.staffClientSecret,
      timeoutSeconds: target,
    }),
    mapping:
      config.mappingUrl === undefined
        ? undefined
        : make({
            name: 'nomis-mapping-api',
            url: config.mappingUrl,
            simulator: 'mapping',
            healthKey: 'nomisMappingApi',
            clientId: config.mappingClientId,
            clientSecret: config.mappingClientSecret,
            timeoutSeconds: MAPPING_TIMEOUT_SECONDS,
          }),
  };
}
