// What runs by the clock: internals section 5.5. One tick a minute starts what is due; each slot of each task becomes one
// job, however many processes tick. Two queues, so that long nightly work never holds up what runs each minute.
import { createHash } from 'node:crypto';
import { bindTask, type Job, type TaskDefinition, type TaskRun } from '#platform/jobs';
import type { NotifyContext } from '../context.ts';
import { runPeriodicTask, runReportingTask, type ScheduledPayload, tickTask } from '../tasks/definitions.ts';
import type { Due } from './due.ts';
import { monitored } from './monitor.ts';
import { noteRun } from './schedule-queries.ts';

export interface Scheduled {
  /** As the original calls it: people's monitors know it by that. */
  name: string;
  queue: 'periodic' | 'reporting';
  due: Due;
  /** Must do nothing the second time, and come to the same when it runs twice at once. */
  run: (run: Pick<TaskRun, 'signal'>) => Promise<void>;
  /** Its runs are told to the monitor, where one is set: by its own name, or by those of the parts that it stands for. */
  isMonitored?: boolean | readonly string[];
}

const MINUTE_MS = 60_000;

/** The tasks of the clock, and the one schedule the platform keeps for them. */
export function byTheClock(ctx: NotifyContext, scheduled: readonly Scheduled[]) {
  const known = new Map(scheduled.map((one) => [one.name, one]));
  const run = async (jobs: Job<ScheduledPayload>[], taskRun: TaskRun): Promise<void> => {
    for (const job of jobs) {
      const found = known.get(job.payload.name);
      if (!found) throw new Error(`Nothing that runs by the clock is called ${job.payload.name}`);
      await runScheduled(ctx, found, taskRun);
    }
  };
  const tick = bindTask(tickTask, {
    run: async (jobs) => {
      for (const job of jobs) await startDue(ctx, scheduled, job.enqueuedAt);
    },
  });
  const tasks: TaskDefinition[] = [
    tick,
    bindTask(runPeriodicTask, { run }),
    bindTask(runReportingTask, { run }),
  ];
  return { tasks, schedules: [{ task: tick, cron: '* * * * *' }] };
}

/** Queues what is due in the minute of `time`; a second call for the same minute changes nothing. */
export async function startDue(
  ctx: Pick<NotifyContext, 'jobs'>,
  scheduled: readonly Scheduled[],
  time: Date,
): Promise<string[]> {
  const slot = new Date(Math.floor(time.getTime() / MINUTE_MS) * MINUTE_MS);
  const due = scheduled.filter((one) => one.due(slot));
  for (const { name, queue } of due) {
    const task = queue === 'periodic' ? runPeriodicTask : runReportingTask;
    await ctx.jobs.enqueue(null, task, [{ id: slotJobId(name, slot), payload: { name } }]);
  }
  return due.map(({ name }) => name);
}

/** One run, noted and told to the monitor; throws what it throws. */
export async function runScheduled(
  ctx: NotifyContext,
  { name, run, isMonitored = false }: Scheduled,
  taskRun: Pick<TaskRun, 'signal'>,
): Promise<void> {
  const started = performance.now();
  const monitors = isMonitored === true ? [name] : isMonitored || [];
  await monitored(ctx, monitors, async () => {
    await run(taskRun);
    await noteRun(ctx.db.kysely, name, ctx.clock.now());
  });
  ctx.metrics.scheduledRuns.inc({ task: name });
  ctx.log.info({ task: name, durationMs: Math.round(performance.now() - started) }, 'scheduled task took');
}

/** The same for a task and a minute in every process: a job of this id that exists already is left alone. */
function slotJobId(name: string, slot: Date): string {
  const time = slot.getTime().toString(16).padStart(12, '0');
  const hash = createHash('sha256').update(`${name} ${slot.toISOString()}`).digest('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
}
