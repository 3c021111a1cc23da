import { createHash } from 'node:crypto';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { countUse } from './rate-limit-queries.ts';

/** Spec section 9.3: how often, in how many minutes. */
export const LIMITS = {
  claim: { most: 30, minutes: 1 },
  contact: { most: 5, minutes: 10 },
  signUp: { most: 10, minutes: 60 },
  code: { most: 5, minutes: 60 },
  metadata: { most: 30, minutes: 1 },
  picture: { most: 30, minutes: 10 },
  lookup: { most: 60, minutes: 1 },
} as const;

/** Counts one use by `who` (an address, a user or an e-mail address) and refuses what is too much. */
export async function limit(ctx: ListsContext, kind: keyof typeof LIMITS, who: string): Promise<void> {
  if (!(await ctx.policy.current()).rateLimits) return;
  const { most, minutes } = LIMITS[kind];
  const now = ctx.clock.now();
  // Hashed: addresses and e-mail addresses are personal data.
  const key = `${kind}:${createHash('sha256').update(who).digest('base64url')}`;
  const { used } = await countUse(ctx.db.kysely, key, now, new Date(now.getTime() + minutes * 60_000));
  if (used > most) throw errors.tooManyRequests();
}
