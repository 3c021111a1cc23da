import type { Handle } from '#platform/db';
import { takeTokens } from './rate-limit-queries.ts';

export interface RateLimiter {
  /** True when the request may pass. */
  admit(keyName: string): Promise<boolean>;
}

/** Tokens taken from the shared bucket at a time, and how long a process may keep them. */
const LEASE_TOKENS = 40;
const LEASE_MS = 250;
const DENIAL_MS = 50;

/**
 * A token bucket for each API key (spec section 3.2, row 5), exact over all web processes: the bucket is a row, and a
 * process takes a handful of tokens at a time, so a request costs no round trip of its own.
 */
export function createRateLimiter(handle: Handle, limit: { perSecond: number; burst: number }): RateLimiter {
  if (limit.perSecond === 0) return { admit: async () => true };
  const wanted = Math.max(1, Math.min(LEASE_TOKENS, Math.floor(limit.burst / 4)));
  const leases = new Map<string, { tokens: number; isDenied: boolean; until: number }>();
  const renewals = new Map<string, Promise<void>>();

  const renew = async (keyName: string): Promise<void> => {
    const tokens = await takeTokens(handle, { keyName, wanted, ...limit });
    const isDenied = tokens === 0;
    leases.set(keyName, { tokens, isDenied, until: Date.now() + (isDenied ? DENIAL_MS : LEASE_MS) });
  };

  return {
    admit: async (keyName) => {
      for (;;) {
        const lease = leases.get(keyName);
        if (lease && lease.until > Date.now()) {
          if (lease.tokens > 0) {
            lease.tokens -= 1;
            return true;
          }
          if (lease.isDenied) return false;
        }
        // Requests that arrive together wait for one renewal.
        const renewal = renewals.get(keyName) ?? renew(keyName).finally(() => renewals.delete(keyName));
        renewals.set(keyName, renewal);
        await renewal;
      }
    },
  };
}
