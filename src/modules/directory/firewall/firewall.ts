import { BlockList } from 'node:net';
import { SIGNALS } from '../alarms/alarm-rules.ts';
import type { AddressAllowList } from '../intake/address-allow-list.ts';
import type { RateLimiter } from '../intake/rate-limit.ts';
import {
  BAD_ROBOTS,
  COMMON_ATTACKS,
  KNOWN_BAD_INPUTS,
  KNOWN_BAD_METHODS,
  KNOWN_BAD_PATHS,
  REMOTE_FILES,
  RESTRICTED_EXTENSIONS,
  SQL_INJECTION,
  SQL_INJECTION_SENSITIVE,
} from './patterns-data.ts';

/** What a rule is counted under; those of the alarms of 8.5. */
export type FirewallSignal = (typeof SIGNALS)[keyof typeof SIGNALS];

export interface FirewallRequest {
  address: string;
  method: string;
  /** As it came, with its query. */
  url: string;
  headers: Record<string, string | string[] | undefined>;
}

/** The rules of 7.3, by what can be known before the body comes and by the body. */
export interface Firewall {
  /** The rule that blocks the request, or undefined. */
  inspectRequest(request: FirewallRequest): Promise<FirewallSignal | undefined>;
  inspectBody(body: Buffer): FirewallSignal | undefined;
}

export interface FirewallOptions {
  allowList: AddressAllowList;
  limiter: RateLimiter;
  /** Addresses of bad repute, by name. */
  blockedAddresses: Record<string, string>;
  /** The header in which the ingress tells the country of the caller; without it that rule is the ingress's. */
  countryHeader: string | undefined;
  /** Whether requests and bodies are searched for patterns. */
  hasPatterns: boolean;
  /** Told of what is only counted. */
  count(signal: FirewallSignal): void;
}

/** As much of a body as the firewall of the original looks at. */
const INSPECTED_BYTES = 16_384;
/** Bodies above it were counted by the original's common rules and went on. */
const LARGE_BODY_BYTES = 8_192;
const COUNTRY = 'GB';

export function createFirewall(options: FirewallOptions): Firewall {
  const { allowList, limiter, countryHeader, hasPatterns, count } = options;
  const blocked = new BlockList();
  for (const cidr of Object.values(options.blockedAddresses)) {
    const [network = '', prefix = '32'] = cidr.split('/');
    blocked.addSubnet(network, Number(prefix), 'ipv4');
  }
  return {
    inspectRequest: async ({ address, method, url, headers }) => {
      if (!(await allowList.isAllowed(address))) return SIGNALS.blockedByAllowList;
      if (!(await limiter.admit(`address ${address}`))) return SIGNALS.blockedByRateLimit;
      if (countryHeader !== undefined && headerText(headers, countryHeader).toUpperCase() !== COUNTRY) {
        return SIGNALS.blockedByCountry;
      }
      const [path = '', query = ''] = decoded(url).split(/\?(.*)/s);
      const texts = hasPatterns ? [path, query, ...Object.values(headers).flat().map(String)] : [];
      const isBadPath = hasPatterns && matchesAny(KNOWN_BAD_PATHS, [path]);
      if (isBadPath || KNOWN_BAD_METHODS.has(method) || matchesAny(KNOWN_BAD_INPUTS, texts)) {
        return SIGNALS.blockedByKnownBadInputs;
      }
      if (hasPatterns && matchesAny(SQL_INJECTION, [path, query, headerText(headers, 'cookie')])) {
        return SIGNALS.blockedBySqlInjection;
      }
      if (blocked.check(address.replace(/^::ffff:/i, ''), 'ipv4')) return SIGNALS.blockedByReputation;
      const agent = headerText(headers, 'user-agent');
      if (agent === '') count(SIGNALS.countedWithoutAgent);
      const isCommon =
        RESTRICTED_EXTENSIONS.test(path) ||
        REMOTE_FILES.test(query) ||
        BAD_ROBOTS.test(agent) ||
        matchesAny(COMMON_ATTACKS, [path, query, headerText(headers, 'cookie')]);
      return hasPatterns && isCommon ? SIGNALS.blockedByCommonRules : undefined;
    },
    inspectBody: (body) => {
      if (!hasPatterns) return undefined;
      // Byte by byte: the patterns are ASCII.
      const text = [body.toString('latin1', 0, INSPECTED_BYTES)];
      if (matchesAny(SQL_INJECTION_SENSITIVE, text)) count(SIGNALS.countedSqlInjection);
      if (body.length > LARGE_BODY_BYTES) count(SIGNALS.countedLargeBody);
      if (matchesAny(KNOWN_BAD_INPUTS, text)) return SIGNALS.blockedByKnownBadInputs;
      if (matchesAny(SQL_INJECTION, text)) return SIGNALS.blockedBySqlInjection;
      return matchesAny(COMMON_ATTACKS, text) ? SIGNALS.blockedByCommonRules : undefined;
    },
  };
}

function matchesAny(patterns: readonly RegExp[], texts: readonly string[]): boolean {
  return texts.some((text) => patterns.some((pattern) => pattern.test(text)));
}

function headerText(headers: FirewallRequest['headers'], name: string): string {
  const value = headers[name.toLowerCase()];
  return (Array.isArray(value) ? value.join(', ') : (value ?? '')).trim();
}

/** As the receiver reads it; as it came where it is no valid encoding. */
function decoded(url: string): string {
  try {
    return decodeURIComponent(url.replaceAll('+', ' '));
  } catch (error) {
    if (error instanceof URIError) return url;
    throw error;
  }
}
