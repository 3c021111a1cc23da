import type { ClaimedRow } from './claim-queries.ts';
import type { FailedAttempt, FailureInput } from './failure-queries.ts';
import type { Queue } from './queue.ts';
import type { Job } from './task.ts';

/** The shape task code sees, from the row that was claimed. */
export function toJob(queue: Queue, row: ClaimedRow): Job {
  return {
    id: row.id,
    task: queue.name,
    key: row.singleton_key,
    payload: row.data.p,
    correlationId: row.data.c,
    traceparent: row.data.t ?? null,
    attempt: row.retry_count + 1,
    maxAttempts: row.retry_limit + 1,
    enqueuedAt: row.created_on,
    // Every way back into the queue leaves a note in the output.
    isRedelivered: row.retry_count > 0 || row.output !== null,
  };
}

export function toFailure(
  queue: Queue,
  row: ClaimedRow,
  state: FailureInput['state'],
  fault: { cause: string; message: string },
): FailureInput {
  const attempt: FailedAttempt = { attempt: row.retry_count + 1, at: new Date().toISOString(), ...fault };
  return {
    id: row.id,
    task: queue.name,
    key: row.singleton_key,
    correlation_id: row.data.c,
    state,
    is_held: state === 'failed' && queue.task.ordered?.onExhausted === 'hold',
    data: row.data,
    attempt,
  };
}

/** Workers that were lost with this job since a run of it last came to an end. */
export function lossesOf(row: Pick<ClaimedRow, 'output'>): number {
  const losses = row.output?.losses;
  return typeof losses === 'number' ? losses : 0;
}
