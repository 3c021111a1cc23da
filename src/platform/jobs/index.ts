export type { Actor, AuditWriter, JobEventWriter } from './audit.ts';
export { InvalidPayloadError } from './batch.ts';
export type { Alongside } from './enqueue-queries.ts';
export type { FailedAttempt, FailureFilter, FailureState } from './failure-queries.ts';
export { FAILURE_STATES } from './failure-queries.ts';
export type { FailurePage, Failures, JobFailureRecord } from './failures.ts';
export { createJobs, type EnqueueItem, type Jobs, type JobsOptions } from './jobs.ts';
export { jobsMigrations } from './migrations.ts';
export type { QueueState } from './queue-states.ts';
export type { RedriveState } from './redrive-queries.ts';
export type { Redrive, RedriveOptions } from './redrives.ts';
export {
  bindTask,
  defineTask,
  type Job,
  type JobFailure,
  type JobOutcome,
  JobsLostError,
  OutageError,
  perJob,
  RefusedError,
  type TaskDefinition,
  type TaskOptions,
  type TaskRun,
} from './task.ts';
