// How retention gives way: it works without a rest while nobody waits, and the less the longer others do.
import { setTimeout } from 'node:timers/promises';
import type { NotifyContext } from '../context.ts';
import { findLongestWait } from './walk-queries.ts';

/** Messages that wait longer than this for their first attempt, and commits that take longer, say that others need the machine. */
const CALM_MS = 250;
/** A rest is so many times what others wait. */
const RESTS = 2;
/** However busy it is, a tenth of the time is for work: retention has to end some day. */
const MOST_RESTS = 9;
const MOST_REST_MS = 5_000;

/** How long to rest after a batch: not at all on a quiet night, the longer the more others had to wait. */
export function restAfter(batch: { tookMs: number; lagMs: number }): number {
  if (batch.lagMs <= CALM_MS) return 0;
  return Math.min(RESTS * batch.lagMs, MOST_RESTS * batch.tookMs, MOST_REST_MS);
}

export async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0) return;
  await setTimeout(milliseconds, undefined, { signal }).catch((error: unknown) => {
    // A worker that stops does not wait for its rest to end.
    if (!signal.aborted) throw error;
  });
}

/** For how long others wait, in milliseconds: the oldest message for its first attempt, or a statement for its answer. */
export async function measureLag(
  ctx: Pick<NotifyContext, 'db' | 'clock'>,
  canary: () => Promise<void> = async () => undefined,
): Promise<number> {
  const began = performance.now();
  await canary();
  const waitMs = await findLongestWait(ctx.db.kysely, ctx.clock.now());
  return Math.max(waitMs, performance.now() - began);
}
