import type { Handle } from '#platform/db';
import type { Job, JobFailure } from '#platform/jobs';
import { SIGNALS } from '../alarms/alarm-rules.ts';
import type { DirectoryContext } from '../context.ts';
import type { ReceivedEventPayload, StoredEventPayload, UpdateRequestPayload } from '../tasks/definitions.ts';
import { traceOf } from '../tasks/job-facts.ts';
import { handleDeadChangeEventTask, handleDeadUpdateRequestTask } from '../tasks/operation-definitions.ts';

// What the stages do with a message whose attempts have run out, in the transaction that records the failure (5.5).

export function sendDeadReceivedEvent(ctx: DirectoryContext) {
  return async (trx: Handle, job: Job<ReceivedEventPayload>, failure: JobFailure): Promise<void> => {
    const payload = { source: 'change-event' as const, ...job.payload, ...reasonOf(failure) };
    await ctx.jobs.enqueue(trx, handleDeadChangeEventTask, [{ payload, ...linkTo(job) }]);
    ctx.signals.count('shared', SIGNALS.changeEventDeadLetter);
  };
}

export function sendDeadStoredEvent(ctx: DirectoryContext) {
  return async (trx: Handle, job: Job<StoredEventPayload>, failure: JobFailure): Promise<void> => {
    const payload = { source: 'holding' as const, ...job.payload, ...reasonOf(failure) };
    await ctx.jobs.enqueue(trx, handleDeadChangeEventTask, [{ payload, ...linkTo(job) }]);
    ctx.signals.count('release', SIGNALS.holdingDeadLetter);
  };
}

export function sendDeadUpdateRequest(ctx: DirectoryContext) {
  return async (trx: Handle, job: Job<UpdateRequestPayload>, failure: JobFailure): Promise<void> => {
    const payload = { source: 'update-request' as const, ...job.payload, ...reasonOf(failure) };
    await ctx.jobs.enqueue(trx, handleDeadUpdateRequestTask, [{ payload, ...linkTo(job) }]);
    ctx.signals.count('release', SIGNALS.updateRequestDeadLetter);
  };
}

function linkTo(job: Job) {
  return { correlationId: job.correlationId, ...traceOf(job) };
}

/** The HTTP status when the cause names one. */
function reasonOf({ cause, message }: JobFailure) {
  return { errorMessage: message, errorStatus: /^HTTP (\d{3})$/.exec(cause)?.[1] ?? null };
}
