import { randomUUID } from 'node:crypto';
import type { Database, Handle } from '#platform/db';
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import {
  deleteReleaseWorker,
  holdReleaseLink,
  type ReleaseLink,
  renewReleaseWorker,
  selectReleaseLink,
} from './release-queries.ts';

/** Whether this worker's release is to work (spec section 5.8). Answers are half a second old at most. */
export interface ReleaseGate {
  /** Takes change events and dead change events, and runs by the clock. */
  isLinked(): Promise<boolean>;
  /** Works on what lies behind the change event queue: the linked release, or else the one that was linked last. */
  isDraining(): Promise<boolean>;
  /**
   * Asks once more inside a transaction that takes change events, and keeps the answer true until it ends: after an
   * unlink has been committed, nothing is taken. Throws NotLinkedError.
   */
  holdLink(trx: Handle): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Another release takes change events by now, or none does. */
export class NotLinkedError extends Error {
  constructor(release: string) {
    super(`The release ${release} is not linked; its change events wait for the one that is.`);
    this.name = 'NotLinkedError';
  }
}

const FRESH_MS = 500;
const RENEWAL_MS = 3_000;

export function createReleaseGate(options: { db: Database; release: string; version: string }): ReleaseGate {
  const { db, release, version } = options;
  const worker = { id: randomUUID(), release, version };
  let known: { at: number; link: Promise<ReleaseLink | undefined> } | undefined;
  let renewedAt: number | undefined;

  const current = (): Promise<ReleaseLink | undefined> => {
    const now = Date.now();
    if (known && now - known.at < FRESH_MS) return known.link;
    const link = selectReleaseLink(db.kysely);
    known = { at: now, link };
    link.catch(() => {
      known = undefined;
    });
    return link;
  };
  // Only workers ask, so asking is what tells that one is alive.
  const renew = async () => {
    if (renewedAt !== undefined && Date.now() - renewedAt < RENEWAL_MS) return;
    renewedAt = Date.now();
    await renewReleaseWorker(db.kysely, worker);
  };
  return {
    isLinked: async () => {
      await renew();
      const link = await current();
      return link === undefined || link.linked === release;
    },
    isDraining: async () => {
      await renew();
      const link = await current();
      return link === undefined || link.draining === release;
    },
    holdLink: async (trx) => {
      const link = await holdReleaseLink(trx);
      if (link !== undefined && link.linked !== release) throw new NotLinkedError(release);
    },
    [Symbol.asyncDispose]: async () => {
      if (renewedAt !== undefined) await deleteReleaseWorker(db.kysely, worker.id).catch(() => undefined);
    },
  };
}

/** Gives the jobs back, uncounted and in their order, when the release was unlinked under them. */
export function whileLinked<P>(
  run: (jobs: Job<P>[], taskRun: TaskRun) => Promise<JobOutcome[]>,
): (jobs: Job<P>[], taskRun: TaskRun) => Promise<JobOutcome[]> {
  return async (jobs, taskRun) => {
    try {
      return await run(jobs, taskRun);
    } catch (error) {
      if (!(error instanceof NotLinkedError)) throw error;
      return jobs.map(({ id }) => ({ id, status: 'postponed' as const }));
    }
  };
}
