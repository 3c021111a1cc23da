import { type Database, type Handle, sqlState } from '#platform/db';
import {
  type ClaimedRow,
  claimFair,
  claimHeadsByKey,
  claimOldestHeads,
  claimUnordered,
  WINDOW_BATCHES,
} from './claim-queries.ts';
import { lossesOf } from './jobs-of-claim.ts';
import type { Queue } from './queue.ts';

const UNIQUE_VIOLATION = '23505';
// A step over blocked keys costs a few milliseconds; after these the loop polls again and goes on from there.
const MAX_WALK_STEPS = 20;

/** Jobs claimed by one statement, which are ours until the lease ends unless heartbeats move it on. */
export interface Claim {
  queue: Queue;
  rows: ClaimedRow[];
  /** Tells this claim from any later one of the same jobs. */
  claimedAt: string;
  /** Local time just before the claim was sent, so never later than the database's own. */
  claimedFrom: number;
  /** A single job that may be what ended its workers: it runs while no other job of the queue does. */
  isAlone: boolean;
}

export interface ClaimResult {
  claims: Claim[];
  /** More jobs were due than could be looked at or taken, so that claiming again at once is worth it. */
  hasMore: boolean;
}

export interface Claimer {
  /** Up to `limit` jobs; more than one claim when two statements found some, or some run alone. */
  claim(limit: number): Promise<ClaimResult>;
}

/** One per queue and process: it remembers which key of an ordered queue comes next when keys take turns. */
export function createClaimer(db: Database, queue: Queue): Claimer {
  let lastKey = '';
  let foundInRound = 0;

  async function claimOrdered(limit: number): Promise<ClaimResult> {
    const claims: Claim[] = [];
    const oldest = await timed((handle) => claimOldestHeads(handle, queue, limit));
    if (oldest.result.rows.length > 0) claims.push(...claimsOf(queue, oldest.result.rows, oldest.from));
    const missing = limit - oldest.result.rows.length;
    const hasMore = oldest.result.seen >= limit * WINDOW_BATCHES;
    // A window that gave half a batch is good enough; the walk is for keys that fill it and give next to nothing.
    if (!hasMore || missing <= limit / 2) return { claims, hasMore };
    // A walk from the first key on that comes to the end has seen every key.
    let hasWrapped = lastKey === '';
    for (let step = 0; step < MAX_WALK_STEPS; step++) {
      const walked = await timed((handle) => claimHeadsByKey(handle, queue, missing, lastKey));
      lastKey = walked.result.lastKey ?? '';
      if (walked.result.rows.length > 0) {
        claims.push(...claimsOf(queue, walked.result.rows, walked.from));
        break;
      }
      if (lastKey !== '') continue;
      if (hasWrapped) break;
      hasWrapped = true;
    }
    return { claims, hasMore };
  }

  /** Goes on from key to key until some job is due, so that many keys with jobs for later delay nobody's turn. */
  async function claimByTurns(limit: number): Promise<ClaimResult> {
    for (let step = 0; step < MAX_WALK_STEPS; step++) {
      const { result, from } = await timed((handle) => claimFair(handle, queue, limit, lastKey));
      const isRoundOver = result.lastKey === null;
      lastKey = result.lastKey ?? '';
      foundInRound += result.rows.length;
      // After a whole round that found nothing there is nothing to go round for.
      const hasMore = !isRoundOver || foundInRound >= limit;
      if (isRoundOver) foundInRound = 0;
      if (result.rows.length > 0) return { claims: claimsOf(queue, result.rows, from), hasMore };
      if (isRoundOver) return { claims: [], hasMore };
    }
    return { claims: [], hasMore: true };
  }

  async function timed<T>(claim: (handle: Handle) => Promise<T>): Promise<{ result: T; from: number }> {
    for (;;) {
      const from = Date.now();
      try {
        return { result: await claim(db.kysely), from };
      } catch (error) {
        // Two workers took different jobs of one key, one of which neither saw at first: the other one was faster.
        if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
      }
    }
  }

  return {
    async claim(limit) {
      if (queue.isOrdered) return claimOrdered(limit);
      if (queue.task.fair) return claimByTurns(limit);
      const { result, from } = await timed((handle) => claimUnordered(handle, queue, limit));
      return { claims: claimsOf(queue, result, from), hasMore: result.length === limit };
    },
  };
}

/** So many workers in a row may be lost by chance, or with the jobs beside the one that ended them. */
const LOSSES_BY_CHANCE = 1;

function claimsOf(queue: Queue, rows: ClaimedRow[], claimedFrom: number): Claim[] {
  // UPDATE returns rows in no order; version 7 ids are in the order of sending.
  rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  const claimOf = (part: ClaimedRow[], isAlone: boolean): Claim => ({
    queue,
    rows: part,
    claimedAt: part[0]?.claimed_at ?? '',
    claimedFrom,
    isAlone,
  });
  const isSuspect = (row: ClaimedRow) =>
    queue.task.uncountedLosses !== undefined && lossesOf(row) > LOSSES_BY_CHANCE;
  const together = rows.filter((row) => !isSuspect(row));
  const claims = rows.filter(isSuspect).map((row) => claimOf([row], true));
  return together.length === 0 ? claims : [claimOf(together, false), ...claims];
}
