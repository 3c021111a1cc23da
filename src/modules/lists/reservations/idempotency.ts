import type { ListsContext } from '../context.ts';
import type { Call } from '../gateway/endpoint.ts';
import { insertIdempotentAnswer, selectIdempotentAnswer } from './reservation-queries.ts';

/** The caller's Idempotency-Key (spec section 6.2); unusable ones count as none. */
export function idempotencyKeyOf(call: Call): string | undefined {
  const key = call.request.headers['idempotency-key'];
  return typeof key === 'string' && /^[\x21-\x7e]{1,200}$/.test(key) ? key : undefined;
}

/**
 * Answers a repeated request with the first answer. Two at the very same time may both do the work; the one that is
 * told second gets the answer of the first.
 */
export async function onceForKey<T extends Record<string, unknown>>(
  ctx: ListsContext,
  call: Call,
  work: () => Promise<T>,
): Promise<T> {
  const key = idempotencyKeyOf(call);
  if (key === undefined) return work();
  const caller = call.user.userId;
  // Stored by this function, so it has the shape that `work` gives.
  const known = (await selectIdempotentAnswer(ctx.db.kysely, key, caller)) as T | undefined;
  if (known) return known;
  const answer = await work();
  if (await insertIdempotentAnswer(ctx.db.kysely, { key, caller, answer })) return answer;
  return ((await selectIdempotentAnswer(ctx.db.kysely, key, caller)) as T | undefined) ?? answer;
}
