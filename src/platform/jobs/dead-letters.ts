import { Type } from 'typebox';
import type { JobsContext } from './context.ts';
import { findDeadLetterSources, holdEndedJob, lockEndedJob, removeEndedJobs } from './ended-job-queries.ts';
import { DEAD_LETTER_QUEUE } from './queue.ts';
import { recordEnded } from './settle.ts';
import { type JobOutcome, perJob, type TaskDefinition } from './task.ts';

const UNKNOWN_TASK_DELAY_MS = 30_000;

/**
 * Jobs that pg-boss itself ended (killed with their worker too often) or whose terminal write failed: their records
 * are written here, and their keys released or held, as they would have been by the worker that ran them.
 */
export function deadLetterTask(ctx: JobsContext): TaskDefinition {
  const recordOne = perJob<unknown>(async (job, run) => {
    const queue = ctx.queues.get(DEAD_LETTER_QUEUE);
    const [letter] = queue ? await findDeadLetterSources(ctx.db.kysely, queue, [job.id]) : [];
    const source = letter && ctx.queues.get(letter.source_name);
    if (!letter || !source) throw new UnknownSourceError();
    await ctx.db.kysely.transaction().execute(async (trx) => {
      const row = await lockEndedJob(trx, source, letter.source_id);
      if (row) {
        const fault = faultOf(row.output);
        await recordEnded(ctx, trx, source, [row], () => fault);
        if (source.task.ordered?.onExhausted === 'hold') await holdEndedJob(trx, source, row.id);
        else await removeEndedJobs(trx, source, [row.id]);
      }
      await run.complete(trx, [job.id]);
    });
  });
  return {
    name: DEAD_LETTER_QUEUE,
    payload: Type.Unknown(),
    // The record of a failure is worth trying for days.
    retries: { limit: 1000, delaySeconds: 5, backoff: true, maxDelaySeconds: 300 },
    batchSize: 50,
    concurrency: 1,
    timeoutSeconds: 120,
    async run(jobs, run) {
      const outcomes = await recordOne(jobs, run);
      return outcomes.map((outcome) => postponeUnknown(outcome));
    },
  };
}

/** The module of the task runs in another worker process, which gets its turn. */
class UnknownSourceError extends Error {}

function postponeUnknown(outcome: JobOutcome): JobOutcome {
  if (outcome.status !== 'failed' || !(outcome.error instanceof UnknownSourceError)) return outcome;
  return { id: outcome.id, status: 'postponed', delayMs: UNKNOWN_TASK_DELAY_MS };
}

// What `boss.fail` was given, or what pg-boss itself writes on a timeout, one level down.
function faultOf(output: Record<string, unknown> | null): { cause: string; message: string } {
  const value = (output?.value ?? output ?? {}) as { cause?: unknown; message?: unknown };
  return {
    cause: typeof value.cause === 'string' ? value.cause : 'WorkerLost',
    message: typeof value.message === 'string' ? value.message : 'The worker that ran this job was lost.',
  };
}
