import type { SettingValues } from '#platform/config';
import type { OutgoingCalls } from '#platform/http';
import type { Clock } from '#platform/telemetry';
import { createLimiter } from './limiter.ts';
import { createTokenSource } from './tokens.ts';
import { createUpstream, type Upstream } from './upstream.ts';
import type { upstreamSettings } from './upstream-settings.ts';
import {
  MAPPING,
  UPSTREAM_NAMES,
  UPSTREAMS,
  type UpstreamEntry,
  type UpstreamName,
} from './upstream-table.ts';

export type { Upstream, UpstreamAnswer, UpstreamRequest } from './upstream.ts';
export { UpstreamError } from './upstream-error.ts';
export { UPSTREAM_NAMES, type UpstreamName } from './upstream-table.ts';

/** Names of the settings are made in a loop over the table, which their type cannot follow. */
type Config = SettingValues<typeof upstreamSettings> & {
  readonly [name: `url:${string}`]: string | undefined;
  readonly [name: `client:${string}`]: string;
  readonly [name: `secret:${string}`]: string;
};

/** `mapping` is undefined while the module's own store is used. */
export type Upstreams = Record<UpstreamName, Upstream> & { mapping: Upstream | undefined; authUrl: string };

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
  const make = (name: string, { title, simulator, healthKey, timeoutSeconds }: UpstreamEntry) =>
    createUpstream({
      name: title,
      baseUrl: (config[`url:${name}`] ?? `${simulatorsUrl}/${simulator}`).replace(/\/$/, ''),
      healthKey,
      timeoutMs: (timeoutSeconds ?? config.targetTimeoutSeconds) * 1_000,
      outgoing,
      limiter: createLimiter(config.upstreamConcurrency),
      tokens: createTokenSource({
        outgoing,
        clock,
        authUrl,
        clientId: config[`client:${name}`] ?? '',
        clientSecret: config[`secret:${name}`] ?? '',
      }),
    });
  const made = UPSTREAM_NAMES.map((name) => [name, make(name, UPSTREAMS[name])] as const);
  return {
    authUrl,
    // One of each name, as the list above has them.
    ...(Object.fromEntries(made) as Record<UpstreamName, Upstream>),
    mapping: config['url:mapping'] === undefined ? undefined : make('mapping', MAPPING),
  };
}
