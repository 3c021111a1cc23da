// One durable commit costs a disk flush whatever it holds. Items that arrive while a commit is in flight wait and go
// into the next one together, so throughput grows with load while a lone item still commits at once.
import type { Database, Handle } from './database.ts';
import { isConnectionFailure, sqlState } from './postgres-errors.ts';

export interface GroupCommit<I> {
  /** Resolves once the COMMIT of the item's group is durable; rejects when this item was not committed. */
  add(item: I): Promise<void>;
  /** Resolves when nothing is waiting or being committed. */
  drain(): Promise<void>;
}

export interface GroupCommitOptions<I> {
  db: Database;
  maxItems: number;
  /** How long a group that is not full waits to grow; 0 commits as soon as a commit may start. */
  maxWaitMs?: number;
  /**
   * Commits start at least this far apart, unless a group is full. What arrives within it goes together, which bounds the
   * statements a second whatever the load; an item after a quiet time still commits at once.
   */
  minIntervalMs?: number;
  maxConcurrentCommits?: number;
  /** `commit` runs a single statement, which is a transaction by itself: one round trip where BEGIN and COMMIT make three. */
  isOneStatement?: boolean;
  commit: (handle: Handle, items: I[]) => Promise<void>;
}

interface Waiting<I> {
  item: I;
  resolve: () => void;
  reject: (error: unknown) => void;
}

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const CONFLICT_RETRIES = 3;

/**
 * Commits items of many callers in shared transactions. A group that fails is split until the item at fault fails
 * alone; when the connection is at fault all items still in the group are rejected with that error, and as with any
 * lost connection the outcome of a COMMIT that was under way is unknown.
 */
export function createGroupCommit<I>(options: GroupCommitOptions<I>): GroupCommit<I> {
  const { db, maxItems, commit, maxWaitMs = 0, minIntervalMs = 0, isOneStatement } = options;
  const { maxConcurrentCommits = 2 } = options;
  const waiting: Waiting<I>[] = [];
  let commitsInFlight = 0;
  let lastStart = Number.NEGATIVE_INFINITY;
  let cancelScheduled: (() => void) | undefined;
  let idle: PromiseWithResolvers<void> | undefined;

  function schedule(): void {
    if (cancelScheduled || waiting.length === 0 || commitsInFlight >= maxConcurrentCommits) return;
    // Even without a wait, everything that arrives in the same turn of the event loop shares a group.
    const waitMs = Math.max(maxWaitMs, lastStart + minIntervalMs - performance.now());
    if (waitMs > 0) {
      const timer = setTimeout(startCommits, Math.ceil(waitMs));
      cancelScheduled = () => clearTimeout(timer);
    } else {
      const turn = setImmediate(startCommits);
      cancelScheduled = () => clearImmediate(turn);
    }
  }

  function startCommits(): void {
    cancelScheduled?.();
    cancelScheduled = undefined;
    while (waiting.length > 0 && commitsInFlight < maxConcurrentCommits) {
      commitsInFlight++;
      lastStart = performance.now();
      void settle(waiting.splice(0, maxItems)).then(finishCommit);
    }
  }

  function finishCommit(): void {
    commitsInFlight--;
    if (waiting.length >= maxItems) startCommits();
    else schedule();
    if (waiting.length === 0 && commitsInFlight === 0) idle?.resolve();
  }

  async function settle(group: Waiting<I>[]): Promise<void> {
    try {
      await commitTogether(group);
      for (const member of group) member.resolve();
    } catch (error) {
      if (group.length === 1 || isConnectionFailure(error)) {
        for (const member of group) member.reject(error);
        return;
      }
      // Halving isolates one bad item among n in about 2 log2 n commits; one by one would take n.
      const middle = Math.ceil(group.length / 2);
      await settle(group.slice(0, middle));
      await settle(group.slice(middle));
    }
  }

  async function commitTogether(group: Waiting<I>[]): Promise<void> {
    const items = group.map((member) => member.item);
    for (let conflicts = 0; ; conflicts++) {
      try {
        if (isOneStatement) return await commit(db.kysely, items);
        return await db.kysely.transaction().execute((trx) => commit(trx, items));
      } catch (error) {
        // Two groups that met on the same rows: nothing is wrong with the items, the loser only has to go again.
        const state = sqlState(error);
        const isConflict = state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED;
        if (!isConflict || conflicts >= CONFLICT_RETRIES) throw error;
      }
    }
  }

  return {
    add(item) {
      return new Promise<void>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (waiting.length >= maxItems) startCommits();
        else schedule();
      });
    },
    drain() {
      if (waiting.length === 0 && commitsInFlight === 0) return Promise.resolve();
      idle ??= Promise.withResolvers();
      return idle.promise.finally(() => {
        idle = undefined;
      });
    },
  };
}
