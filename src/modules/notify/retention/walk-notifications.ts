// The walks of each night over texts and emails of all services, one for each number of days that some of them keep these:
// internals section 6.11.3. In the order of ids, which is that of their making, and a page of rows at a time, whose service
// matters only to the statement. What they leave is archived by service afterwards.
import { bindTask, type Job, type JobOutcome, type TaskRun } from '#platform/jobs';
import type { NotifyContext } from '../context.ts';
import { archiveServiceTask, deleteBlobsTask, type WalkPayload, walkTask } from '../tasks/definitions.ts';
import { archiveService, archiveTheRest, cutOffOf, deleteBlobs } from './archive-notifications.ts';
import { measureLag, rest, restAfter } from './pace.ts';
import { commitWithoutWaiting } from './retention-queries.ts';
import { archiveStep, moveWalk, readWalk, type Walked } from './walk-queries.ts';

const STEP = 2_000;
const TURN_MS = 60_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** The run of `notify.delete_notifications_older_than_retention`: step after step until its turn is over. */
function walk(ctx: NotifyContext) {
  return async (jobs: Job<WalkPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    const outcomes: JobOutcome[] = [];
    for (const job of jobs) {
      const isDone = await walkAll(ctx, job.payload.days, run.signal);
      if (isDone) {
        const services = await archiveTheRest(ctx);
        ctx.log.info({ services }, 'what the walk of retention left is archived by service');
      }
      outcomes.push({ id: job.id, status: isDone ? 'completed' : 'postponed' });
    }
    return outcomes;
  };
}

async function walkAll(ctx: NotifyContext, all: readonly number[], signal: AbortSignal): Promise<boolean> {
  const ends = performance.now() + TURN_MS;
  // One that has ended already is over at once: it begins where it ended.
  for (const days of all) if (!(await walkOn(ctx, days, ends, signal))) return false;
  return true;
}

async function walkOn(ctx: NotifyContext, days: number, ends: number, signal: AbortSignal): Promise<boolean> {
  const started = performance.now();
  const before = cutOffOf(ctx.clock.now(), days);
  const to = firstIdOf(before);
  let after = (await readWalk(ctx.db.kysely, days)) ?? FIRST_ID;
  let deleted = 0;
  for (;;) {
    if (signal.aborted || performance.now() > ends) return false;
    const began = performance.now();
    const { count, last } = await step(ctx, { after, to, limit: STEP, before, days });
    const tookMs = performance.now() - began;
    deleted += count;
    after = last ?? to;
    // What is noted here is on disk before the answer comes, so it takes as long as a message's own commit would.
    const lagMs = await measureLag(ctx, () => moveWalk(ctx.db.kysely, days, after));
    if (last === null) break;
    await rest(restAfter({ tookMs, lagMs }), signal);
  }
  const durationMs = Math.round(performance.now() - started);
  ctx.log.info(
    { days, deletedRecordCount: deleted, durationMs },
    'delete-notifications-older-than-retention',
  );
  return true;
}

function step(ctx: NotifyContext, one: Parameters<typeof archiveStep>[1]): Promise<Walked> {
  return ctx.db.kysely.transaction().execute(async (trx) => {
    // One that a crash undoes is made again.
    await commitWithoutWaiting(trx);
    return archiveStep(trx, one);
  });
}

/** Ids begin with the millisecond they were made in; no message has this one itself. */
function firstIdOf(time: Date): string {
  const digits = Math.max(0, time.getTime()).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`;
}

export function retentionTasks(ctx: NotifyContext) {
  return [
    bindTask(walkTask, { run: walk(ctx) }),
    bindTask(archiveServiceTask, { run: archiveService(ctx) }),
    bindTask(deleteBlobsTask, { run: deleteBlobs(ctx) }),
  ];
}
