import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import { endCall, noteFailedCall } from '../callback-log/callback-log-queries.ts';
import type { NotifyContext } from '../context.ts';
import { type CallbackPayload, retryCallbackTask } from '../tasks/definitions.ts';
import {
  type CallbackDestination,
  findCallbacks,
  findDestinations,
  type QueuedCallbackRow,
} from './callback-queries.ts';
import type { CallbackOutcome } from './callback-sender.ts';

const RETRY_MS = 300_000;
const MOST_ATTEMPTS = 6;

/** POSTs a batch of callbacks, each on its own; the slowest takes five seconds (public section 6.16). */
export function sendCallbacks(ctx: NotifyContext) {
  return async (jobs: Job<CallbackPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    const rows = new Map(
      (
        await findCallbacks(
          ctx.db.kysely,
          jobs.map((job) => job.payload.id),
        )
      ).map((row) => [row.id, row]),
    );
    const texts = [...rows.values()].filter((row) => row.callback_type === 'inbound_sms');
    const destinations = await findDestinations(
      ctx.db.kysely,
      'inbound_sms',
      texts.map((row) => row.service_id),
    );
    return Promise.all(
      jobs.map(async (job): Promise<JobOutcome> => {
        const row = rows.get(job.payload.id);
        // Gone: an earlier run got through to its end.
        if (!row) return { id: job.id, status: 'completed' };
        try {
          await sendOne(ctx, job, row, destinations, run);
          return { id: job.id, status: 'completed' };
        } catch (error) {
          // Those beside it are other services'.
          return { id: job.id, status: 'failed', error };
        }
      }),
    );
  };
}

async function sendOne(
  ctx: NotifyContext,
  job: Job<CallbackPayload>,
  row: QueuedCallbackRow,
  destinations: CallbackDestination[],
  run: TaskRun,
): Promise<void> {
  const destination = row.url === null ? destinations.find((one) => one.service_id === row.service_id) : row;
  const { url, bearer_token: token } = destination ?? { url: null, bearer_token: null };
  const body = ctx.secrets.open(row.body);
  const attempt = row.attempts + 1;
  if (url !== null) observe(ctx, row, body, attempt);
  const outcome: CallbackOutcome =
    url === null || token === null
      ? { kind: 'dropped', reason: 'no destination' }
      : await ctx.callbackSender.send({
          url,
          bearerToken: ctx.secrets.open(token),
          body,
        });
  report(ctx, row, outcome, attempt);
  const isOver = outcome.kind !== 'retry' || attempt >= MOST_ATTEMPTS;
  const call = {
    id: row.id,
    status: outcome.status ?? null,
    reason: outcome.kind === 'done' ? null : outcome.reason,
    at: ctx.clock.now(),
  };
  const ended = outcome.kind === 'done' ? 'delivered' : 'failed';
  await ctx.db.kysely.transaction().execute(async (trx) => {
    if (isOver) await endCall(trx, { ...call, outcome: ended, attempts: attempt, url });
    else {
      await noteFailedCall(trx, call);
      await ctx.jobs.enqueue(trx, retryCallbackTask, [
        {
          payload: { id: row.id },
          key: row.service_id,
          correlationId: job.correlationId,
          startAfter: new Date(Date.now() + RETRY_MS),
        },
      ]);
    }
    await run.complete(trx, [job.id]);
  });
}

/** Up to the first byte of our request: how slow the receiver is, is no doing of ours. */
function observe(ctx: NotifyContext, row: QueuedCallbackRow, body: string, attempt: number): void {
  const seconds = (ctx.clock.now().getTime() - row.caused_at.getTime()) / 1_000;
  ctx.metrics.callbackDuration.observe(
    {
      callback_type: row.callback_type,
      callback_attempt: String(attempt),
      notification_type: TYPE_OF_CALLBACK[row.callback_type] ?? typeOfNotification(body),
    },
    Math.max(seconds, 0),
  );
}

const TYPE_OF_CALLBACK: Readonly<Record<string, string>> = {
  inbound_sms: 'sms',
  returned_letter: 'letter',
  complaint: 'email',
};

/** Delivery statuses say it in their body, which is ours. */
function typeOfNotification(body: string): string {
  const { notification_type: type } = JSON.parse(body) as { notification_type?: unknown };
  return type === 'sms' ? 'sms' : 'email';
}

function report(ctx: NotifyContext, row: QueuedCallbackRow, outcome: CallbackOutcome, attempt: number): void {
  const facts = {
    callbackType: row.callback_type,
    aboutId: row.about_id,
    serviceId: row.service_id,
    attempt,
  };
  ctx.metrics.callbacks.inc({ callback_type: row.callback_type, outcome: outcome.kind });
  if (outcome.kind === 'done') ctx.log.info({ ...facts, status: outcome.status }, 'callback sent');
  else if (outcome.kind === 'dropped') {
    ctx.log.warn(
      { ...facts, status: outcome.status, reason: outcome.reason },
      'callback is not being retried',
    );
  } else if (attempt >= MOST_ATTEMPTS) {
    ctx.log.warn({ ...facts, reason: outcome.reason }, 'callback has retried the max num of times');
  } else ctx.log.warn({ ...facts, status: outcome.status, reason: outcome.reason }, 'callback failed');
}
