// The SQS side of the event ingress: spec section 3.9. One job for each queue polls for as long as the program runs, on
// whichever worker has it; a message is deleted there once it is durable here, so it may come twice and is never lost.
import { createHash } from 'node:crypto';
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import { listQueues, type QueueEntry } from '../queues/queue-catalogue.ts';
import { type PollPayload, pollTask } from '../tasks/definitions.ts';
import type { EventIntake } from './intake.ts';
import { openSqsQueue, type SqsQueue } from './sqs-queue.ts';

/** Long enough that the job's row is written seldom, well within the task's time. */
const TURN_MS = 60_000;
const AFTER_FAULT_MS = 5_000;

export function pollQueues(ctx: MigrationContext, intake: EventIntake, region: string) {
  return async (jobs: Job<PollPayload>[], run: TaskRun): Promise<JobOutcome[]> =>
    Promise.all(
      jobs.map(async (job): Promise<JobOutcome> => {
        const queue = listQueues(ctx).find((entry) => entry.queueId === job.payload.queueId);
        if (!ctx.config.sqsPolling || !queue) return { id: job.id, status: 'completed' };
        try {
          await pollOnce(ctx, { queue, intake, sqs: openQueue(ctx, queue, region) }, run);
          return { id: job.id, status: 'postponed' };
        } catch (error) {
          if (!run.signal.aborted) ctx.log.warn({ err: error, queueId: queue.queueId }, 'SQS cannot be read');
          return { id: job.id, status: 'postponed', delayMs: AFTER_FAULT_MS };
        }
      }),
    );
}

async function pollOnce(
  ctx: MigrationContext,
  { queue, intake, sqs }: { queue: QueueEntry; intake: EventIntake; sqs: SqsQueue },
  run: TaskRun,
): Promise<void> {
  for (const endsAt = Date.now() + TURN_MS; Date.now() < endsAt && !run.signal.aborted; ) {
    const messages = await sqs.receive(run.signal);
    await Promise.all(
      messages.map(({ body, id }) => intake.accept(queue, { body, correlationId: `sqs-${id}` })),
    );
    await sqs.delete(messages);
    if (messages.length > 0)
      ctx.log.debug({ queueId: queue.queueId, count: messages.length }, 'events taken');
  }
}

function openQueue(ctx: MigrationContext, queue: QueueEntry, region: string): SqsQueue {
  const { sqsAccessKeyId, sqsSecretAccessKey, sqsEndpoint, sqsAccount } = ctx.config;
  if (sqsAccessKeyId === undefined || sqsSecretAccessKey === undefined) {
    throw new Error('MIGRATION_SQS needs MIGRATION_SQS_ACCESS_KEY_ID and MIGRATION_SQS_SECRET_ACCESS_KEY');
  }
  return openSqsQueue({
    outgoing: ctx.outgoing,
    endpoint: sqsEndpoint ?? `https://sqs.${region}.amazonaws.com`,
    region,
    account: sqsAccount,
    queueName: queue.queueName,
    accessKeyId: sqsAccessKeyId,
    secretAccessKey: sqsSecretAccessKey,
  });
}

/** Each minute: every event queue has its one polling job, under an id that follows from its name. */
export function armPolling(ctx: MigrationContext) {
  return async (): Promise<void> => {
    if (!ctx.config.sqsPolling) return;
    const queues = listQueues(ctx).filter((queue) => queue.kind === 'event');
    await ctx.jobs.enqueue(
      null,
      pollTask,
      queues.map(({ queueId }) => ({ payload: { queueId }, id: pollJobId(queueId) })),
    );
  };
}

/** In the form of a version 7 UUID, the same for the same queue in every process. */
function pollJobId(queueId: string): string {
  const hex = createHash('sha256').update(queueId).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
