import type { JobsContext } from './context.ts';
import {
  createQueue,
  DEAD_LETTER_QUEUE,
  DEFAULT_KEEP_COMPLETED_SECONDS,
  EXPIRY_MARGIN_SECONDS,
  ORDERED_POLICY,
  type Queue,
} from './queue.ts';
import { isQueueTablePrepared, prepareQueueTable } from './queue-queries.ts';
import type { TaskDefinition } from './task.ts';

// pg-boss refuses shorter heartbeats on a queue; each of our jobs carries its own.
const LEAST_QUEUE_HEARTBEAT_SECONDS = 10;
// Waiting jobs are never dropped by age. Ours say so themselves; this is for those that the clock of pg-boss sends.
const TEN_YEARS_SECONDS = 315_360_000;

/** Creates the queue of a task, or brings its settings up to date. */
export async function prepareQueue(ctx: JobsContext, task: TaskDefinition): Promise<Queue> {
  const policy = task.ordered ? ORDERED_POLICY : 'standard';
  const keepSeconds = task.keepCompletedSeconds ?? DEFAULT_KEEP_COMPLETED_SECONDS;
  const settings = {
    retryLimit: task.retries.limit,
    retryDelay: task.retries.delaySeconds,
    retryBackoff: task.retries.backoff,
    ...(task.retries.maxDelaySeconds === undefined ? {} : { retryDelayMax: task.retries.maxDelaySeconds }),
    expireInSeconds: task.timeoutSeconds + EXPIRY_MARGIN_SECONDS,
    retentionSeconds: TEN_YEARS_SECONDS,
    // To pg-boss zero means for ever; jobs without a history are gone before it could look.
    deleteAfterSeconds: Math.max(keepSeconds, 1),
    heartbeatSeconds: Math.max(ctx.heartbeatSeconds, LEAST_QUEUE_HEARTBEAT_SECONDS),
    ...(task.name === DEAD_LETTER_QUEUE ? {} : { deadLetter: DEAD_LETTER_QUEUE }),
  };
  const existing = await ctx.boss.getQueue(task.name);
  if (!existing) await ctx.boss.createQueue(task.name, { ...settings, policy, partition: true });
  else await ctx.boss.updateQueue(task.name, settings);
  const stored = existing ?? (await ctx.boss.getQueue(task.name));
  if (!stored) throw new Error(`Queue ${task.name} was removed while it was being set up; start again.`);
  if (stored.policy !== policy) {
    throw new Error(
      `Task ${task.name} is ${task.ordered ? 'ordered' : 'not ordered'} but its queue was created otherwise. ` +
        'Give the task a new name and let the old queue run empty.',
    );
  }
  const queue = createQueue(task, stored.table, ctx.heartbeatSeconds);
  if (!(await isQueueTablePrepared(ctx.db.kysely, queue))) {
    await ctx.db.kysely.transaction().execute((trx) => prepareQueueTable(trx, queue));
  }
  return queue;
}
