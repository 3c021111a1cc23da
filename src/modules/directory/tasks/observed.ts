import type { TSchema } from 'typebox';
import { type Job, type JobOutcome, JobsLostError, type TaskDefinition, type TaskRun } from '#platform/jobs';
import { durationOf, errorsOf, invocationsOf } from '../alarms/alarm-rules.ts';
import type { DirectoryContext } from '../context.ts';
import { type DirectoryEvent, directoryEvent, lineOnly } from '../events.ts';
import { METRIC_KEY } from '../reports/contract-log.ts';
import { exceptionFields } from '../reports/exception-fields.ts';
import type { Worker } from '../reports/workers.ts';
import { factsOfJob } from './job-facts.ts';

type Run<P extends TSchema> = TaskDefinition<P>['run'];

/**
 * Counts the runs of a worker and those that failed, which the error rates are made of (8.5), and prints what failed
 * (8.1). Service sync writes about the requests that fail themselves; what stops it as a whole is told here.
 */
export function observed<P extends TSchema>(ctx: DirectoryContext, worker: Worker, run: Run<P>): Run<P> {
  return async (jobs, taskRun) => {
    ctx.signals.count('release', invocationsOf(worker), jobs.length);
    const startedAt = performance.now();
    try {
      const outcomes = await run(jobs, taskRun);
      const failed = (outcomes ?? []).flatMap((outcome) => ('error' in outcome ? [outcome] : []));
      noteFailures(ctx, worker, failed, jobs);
      return outcomes;
    } catch (error) {
      if (!isNobodysFault(error, taskRun)) {
        const ended = jobs.map(({ id }) => ({ id, error }));
        ctx.signals.count('release', errorsOf(worker), jobs.length);
        printFailures(ctx, worker, ended, jobs);
      }
      throw error;
    } finally {
      ctx.signals.measure('release', durationOf(worker), performance.now() - startedAt);
    }
  };
}

const HIDDEN_EVENT = 'Something went wrong but the event is hidden';

/** The jobs run elsewhere, or again. */
function isNobodysFault(error: unknown, { signal }: TaskRun): boolean {
  return signal.aborted || error instanceof JobsLostError;
}

type Failed = Pick<Extract<JobOutcome, { error: unknown }>, 'id' | 'error'>;

function noteFailures(ctx: DirectoryContext, worker: Worker, failed: Failed[], jobs: readonly Job[]): void {
  if (failed.length === 0) return;
  ctx.signals.count('release', errorsOf(worker), failed.length);
  if (worker !== 'service-sync') printFailures(ctx, worker, failed, jobs);
}

function printFailures(ctx: DirectoryContext, worker: Worker, failed: Failed[], jobs: readonly Job[]): void {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const { environment } = ctx.config;
  const events = failed.flatMap(({ id, error }): DirectoryEvent[] => {
    const job = byId.get(id);
    if (!job) return [];
    const facts = factsOfJob(job, null);
    // An e-mail is between two people.
    if (worker === 'send-email') {
      const fields = exceptionFields(error);
      return [lineOnly('worker.failed', facts, { level: 'ERROR', message: HIDDEN_EVENT, fields })];
    }
    const fields = { event: job.payload, ...exceptionFields(error) };
    if (worker !== 'service-sync') {
      return [lineOnly('worker.failed', facts, { level: 'ERROR', message: 'Error Occurred', fields })];
    }
    const metric = { environment, [METRIC_KEY]: 'UpdateRequestError' };
    const message = 'Error processing update request';
    return [
      {
        ...directoryEvent('worker.failed', facts, message, { level: 'ERROR', ...fields, ...metric }),
        isLineOnly: true,
      },
    ];
  });
  ctx.contractLog.print(worker, events);
}
