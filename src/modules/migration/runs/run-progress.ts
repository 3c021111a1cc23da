import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { moveTask } from '../tasks/definitions.ts';
import { countPages, EMPTY_TALLY, type Run, selectTally, type Tally } from './run-queries.ts';

export interface QueueCounts {
  /** Visible messages; those that wait for a retry are neither to be processed nor failed. */
  waiting: number;
  inFlight: number;
  retrying: number;
  dead: number;
}

export interface RunProgress {
  tally: Tally;
  pages: { total: number | null; waiting: number; failed: number; done: number };
  /** Records that are neither settled nor dead. */
  outstanding: number;
  /** Records and pages and mapping retries are all dealt with. */
  isSettled: boolean;
  settled: number;
  /** Records a second over the last minute; null until there are two samples. */
  perSecond: number | null;
  /** Null while nothing moves. */
  secondsLeft: number | null;
}

/** What a run has come to, from counters that are written together with what they count. */
export async function readProgress(ctx: MigrationContext, run: Run): Promise<RunProgress> {
  const tally = await selectTally(ctx.db.kysely, run.migrationId);
  const pages = await countPages(ctx.db.kysely, run.migrationId);
  const settled = settledOf(tally);
  const outstanding = Math.max(0, tally.expanded - settled);
  const mappingsLeft = Math.max(0, tally.mappingsQueued - tally.mappingsSettled);
  const isSettled = run.pageCount !== null && pages.waiting === 0 && outstanding === 0 && mappingsLeft === 0;
  const perSecond = rateOf(run, settled, ctx.clock.now().getTime());
  const expected =
    pages.waiting === 0 && run.pageCount !== null
      ? tally.expanded
      : Math.max(run.estimatedRecordCount, tally.expanded);
  const left = Math.max(0, expected - settled);
  return {
    tally,
    pages: { total: run.pageCount, ...pages },
    outstanding,
    isSettled,
    settled,
    perSecond,
    secondsLeft: perSecond === null || perSecond <= 0 ? null : Math.ceil(left / perSecond),
  };
}

export function settledOf(tally: Tally): number {
  return (
    tally.migrated +
    tally.skipped +
    tally.rejected +
    tally.duplicates +
    tally.dropped +
    Math.max(0, tally.failed)
  );
}

function rateOf(run: Run, settled: number, now: number): number | null {
  const [oldest] = run.samples;
  if (!oldest || run.whenEnded) return null;
  const seconds = (now - oldest.at) / 1_000;
  return seconds < 1 ? null : Math.max(0, (settled - oldest.settled) / seconds);
}

/** Counts of the type's queue as operators know it. Throws when the queue cannot be read. */
export async function countQueue(ctx: MigrationContext, taskName: string): Promise<QueueCounts> {
  const state = (await ctx.jobs.queues()).find((queue) => queue.queue === taskName);
  if (!state) return { waiting: 0, inFlight: 0, retrying: 0, dead: 0 };
  return {
    waiting: state.waiting,
    inFlight: state.active,
    retrying: state.retrying,
    dead: state.failed,
  };
}

/** Every dead letter of the type, whichever run left it: clients compare the number with the DLQ (F15). */
export async function countDeadLetters(ctx: MigrationContext, domain: Domain): Promise<number> {
  const { failures } = ctx.jobs;
  const records = await failures.count({ task: moveTask(domain, ctx.config).name, state: 'failed' });
  const pages = await failures.count({ task: 'migration.expand_page', key: domain.type, state: 'failed' });
  return records + pages;
}

export { EMPTY_TALLY };
