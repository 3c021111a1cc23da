// Handing text messages and emails to providers: public sections 5.1 and 6.12, internals section 6.4.
//
// A message is claimed before its provider is called and the outcome is written down after. What is claimed and has no
// outcome may have been sent: its next attempt goes to the same provider, which sends two messages with one reference
// once; a provider that does not is given such a message at most once more. A claim that led to no call is taken back, so
// that a slow provider, a stopping worker or the message beside it makes none of them look as if it had been sent.
import { setTimeout as wait } from 'node:timers/promises';
import { createGroupCommit, type GroupCommit, type Handle, isConnectionFailure } from '#platform/db';
import { type Job, type JobFailure, type JobOutcome, JobsLostError, type TaskRun } from '#platform/jobs';
import { deliveryStatusBody, queueCallbacks } from '../callbacks/queue-callbacks.ts';
import type { NotifyContext } from '../context.ts';
import type { SendOutcome } from '../providers/provider.ts';
import type { NotificationPayload } from '../tasks/definitions.ts';
import {
  type AttemptOutcome,
  type AttemptPlan,
  beginAttempts,
  type DeliverableRow,
  giveUp,
  recordAttempts,
  takeBackAttempts,
} from './delivery-queries.ts';
import { sendEmailOut } from './email-out.ts';
import { type OutgoingMessage, sendSmsOut } from './sms-out.ts';

/** Hands one message over; `units` are text message fragments. */
export interface HandOver {
  outcome: SendOutcome;
  units?: number;
  /** No receipt will follow. */
  isDelivered?: boolean;
  /** It failed before its provider was asked. */
  isOurFault?: boolean;
}

const CONCURRENT_CALLS = 32;
/** No call begins later than this after the batch: each may take a minute, and the task has two. */
const BEGIN_WITHIN_MS = 45_000;
const DATABASE_PAUSE_MS = 1_000;
/** Calls under way when the run is to stop may still be answered: less than a run has until its jobs are given away. */
const LAST_ANSWERS_MS = 4_000;
/** A provider that sends one message twice when asked twice is asked no third time. */
const MOST_UNKNOWN_OUTCOMES = 2;

interface Result {
  job: Job<NotificationPayload>;
  row: DeliverableRow;
  handOver: HandOver;
  jobOutcome: JobOutcome;
}

/** A send that failed and will be tried again; the message names provider and reason, never a person. */
class SendFailedError extends Error {
  constructor(provider: string, reason: string) {
    super(`${provider} did not take the message: ${reason}`);
    this.name = 'SendFailedError';
  }
}

/** The run of the delivery tasks of both channels. */
export function deliver(ctx: NotifyContext, channel: Channel) {
  return async (jobs: Job<NotificationPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    const plans = await planAttempts(ctx, jobs, channel);
    const rows = new Map(
      (await beginAttempts(ctx.db.kysely, plans, ctx.clock.now())).map((row) => [row.id, row]),
    );
    const stopAt = performance.now() + BEGIN_WITHIN_MS;
    const stop = { stopping: run.signal, signal: abortedLater(run.signal, LAST_ANSWERS_MS) };
    const outcomes: JobOutcome[] = [];
    const untried: DeliverableRow[] = [];
    const record = createGroupCommit<Result>({
      db: ctx.db,
      maxItems: 100,
      maxConcurrentCommits: 1,
      commit: (trx, results) => recordResults(ctx, trx, results, run),
    });
    const waiting = jobs.values();
    const handle = async (job: Job<NotificationPayload>, row: DeliverableRow): Promise<JobOutcome> => {
      let result: Result | undefined;
      try {
        const isOver = run.signal.aborted || performance.now() >= stopAt;
        result = isOver ? undefined : await attempt(ctx, job, row, stop);
      } catch (error) {
        // What is ours to read for the message could not be read; whatever its provider does is no error.
        untried.push(row);
        return { id: job.id, status: 'failed', error };
      }
      if (result) return writeDown(ctx, record, result, run);
      untried.push(row);
      return { id: job.id, status: 'postponed' };
    };
    const handleNext = async () => {
      for (const job of waiting) {
        const row = rows.get(job.payload.id);
        if (row) outcomes.push(await handle(job, row));
        else {
          ctx.log.warn({ notificationId: job.payload.id }, 'send skipped because status is not created');
          outcomes.push({ id: job.id, status: 'completed' });
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENT_CALLS, jobs.length) }, handleNext));
    if (untried.length > 0) {
      await untilDatabaseAnswers(run, () => takeBackAttempts(ctx.db.kysely, untried));
    }
    return outcomes;
  };
}

function abortedLater(signal: AbortSignal, milliseconds: number): AbortSignal {
  const later = new AbortController();
  const abort = () => void setTimeout(() => later.abort(), milliseconds).unref();
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return later.signal;
}

/**
 * What became of a call must be known to the next attempt: a database that is away is waited for, and a job that belongs
 * to another worker by now is no reason to forget that its message was sent.
 */
async function writeDown(
  ctx: NotifyContext,
  record: GroupCommit<Result>,
  result: Result,
  run: TaskRun,
): Promise<JobOutcome> {
  const { id } = result.job;
  try {
    await untilDatabaseAnswers(run, () => record.add(result));
    return result.jobOutcome;
  } catch (error) {
    if (!(error instanceof JobsLostError)) return { id, status: 'failed', error };
    const write = () =>
      ctx.db.kysely.transaction().execute((trx) => recordResults(ctx, trx, [result], undefined));
    return write().then(
      () => ({ id, status: 'failed', error }),
      (failure) => ({ id, status: 'failed', error: failure }),
    );
  }
}

async function untilDatabaseAnswers(run: TaskRun, write: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isConnectionFailure(error) || run.signal.aborted) throw error;
      // Cut short when the run is to stop; the next failure ends it then.
      await wait(DATABASE_PAUSE_MS, undefined, { signal: run.signal }).catch(() => undefined);
    }
  }
}

/** Public section 8.2. The prefix is one of the few hundred of the table of rates. */
export function countInternational(
  ctx: Pick<NotifyContext, 'metrics'>,
  status: string,
  prefix: string | null,
): void {
  ctx.metrics.internationals.inc({
    notification_status: status,
    notification_sms_country_code: prefix ?? 'unknown',
  });
}

type Channel = 'sms' | 'email' | 'any';

async function planAttempts(
  ctx: NotifyContext,
  jobs: Job<NotificationPayload>[],
  channel: Channel,
): Promise<AttemptPlan[]> {
  const choose = (one: 'sms' | 'email', isInternational: boolean) =>
    channel === one || channel === 'any' ? ctx.providerChoice.choose(one, isInternational) : '';
  return Promise.all(
    jobs.map(async (job) => ({
      id: job.payload.id,
      email: await choose('email', false),
      domestic: await choose('sms', false),
      international: await choose('sms', true),
    })),
  );
}

/** Undefined when its provider was not asked. */
async function attempt(
  ctx: NotifyContext,
  job: Job<NotificationPayload>,
  row: DeliverableRow,
  stop: OutgoingMessage['stop'],
): Promise<Result | undefined> {
  const channel = row.notification_type === 'sms' ? 'sms' : 'email';
  const provider = ctx.providers.get(row.attempt_provider);
  const handOver = await handOverOnce(ctx, row, stop, provider?.honoursReferences ?? true);
  const { outcome } = handOver;
  if (outcome.kind === 'not_tried') return undefined;
  const seconds = (ctx.clock.now().getTime() - row.created_at.getTime()) / 1_000;
  ctx.metrics.sendDuration.observe(
    {
      key_type: row.key_type,
      notification_type: channel,
      provider_name: row.attempt_provider,
      ...(outcome.kind === 'accepted' ? {} : { error_type: outcome.kind }),
    },
    Math.max(seconds, 0),
  );
  if (outcome.kind === 'failed' || outcome.kind === 'unknown') {
    await noteFailure(ctx, row, outcome, handOver.isOurFault ?? false);
    const error = new SendFailedError(row.attempt_provider, outcome.reason);
    // The first retry follows at once and is not one of the 48.
    const jobOutcome: JobOutcome =
      row.send_attempts === 1 ? { id: job.id, status: 'postponed' } : { id: job.id, status: 'failed', error };
    return { job, row, handOver, jobOutcome };
  }
  if (outcome.kind === 'accepted' && row.notification_type === 'sms' && row.international) {
    countInternational(ctx, 'sent', row.phone_prefix);
  }
  return { job, row, handOver, jobOutcome: { id: job.id, status: 'completed' } };
}

async function handOverOnce(
  ctx: NotifyContext,
  row: DeliverableRow,
  stop: OutgoingMessage['stop'],
  honoursReferences: boolean,
): Promise<HandOver> {
  const service = await ctx.services.get(row.service_id);
  if (!service?.isActive) return { outcome: { kind: 'refused', reason: 'service is archived' } };
  if (!honoursReferences && row.unknown_outcomes >= MOST_UNKNOWN_OUTCOMES) {
    ctx.log.warn({ notificationId: row.id, provider: row.attempt_provider }, 'message is taken for sent');
    return { outcome: { kind: 'accepted' } };
  }
  const templates = await ctx.templates.versionsOf([row]);
  const send = row.notification_type === 'sms' ? sendSmsOut : sendEmailOut;
  return send(ctx, { row, service, templates, stop });
}

async function noteFailure(
  ctx: NotifyContext,
  row: DeliverableRow,
  outcome: Extract<SendOutcome, { kind: 'failed' | 'unknown' }>,
  isOurFault: boolean,
): Promise<void> {
  const facts = {
    notificationId: row.id,
    provider: row.attempt_provider,
    attempt: row.send_attempts,
    reason: outcome.reason,
  };
  ctx.log.warn(facts, 'send failed, will retry');
  ctx.metrics.sendFailures.inc({ provider_name: row.attempt_provider, outcome: outcome.kind });
  if (row.notification_type !== 'sms' || isOurFault) return;
  try {
    await ctx.providerChoice.noteFailure(row.attempt_provider);
  } catch (error) {
    // The count is the less important of the two: the outcome of the call still has to be written down.
    ctx.log.warn({ err: error, provider: row.attempt_provider }, 'failure of a provider is not counted');
  }
}

async function recordResults(
  ctx: NotifyContext,
  trx: Handle,
  results: Result[],
  run: TaskRun | undefined,
): Promise<void> {
  const now = ctx.clock.now();
  const changed = await recordAttempts(
    trx,
    results.map((result) => toOutcome(result, now)),
    now,
  );
  const byId = new Map(results.map((result) => [result.row.id, result]));
  const told = changed.flatMap((row) => {
    const result = byId.get(row.id);
    const isNews =
      result && (row.notification_status === 'delivered' || row.notification_status === 'technical-failure');
    return isNews && toStatus(result) === row.notification_status ? [{ ...result.row, ...row }] : [];
  });
  await queueCallbacks(
    ctx,
    trx,
    'delivery_status',
    told.map((row) => ({
      serviceId: row.service_id,
      aboutId: row.id,
      causedAt: now,
      correlationId: row.correlation_id,
      body: deliveryStatusBody(row),
    })),
  );
  await ctx.events.append(trx, eventsOf(results));
  const done = results.filter(({ jobOutcome }) => jobOutcome.status === 'completed').map(({ job }) => job.id);
  if (run && done.length > 0) await run.complete(trx, done);
}

function eventsOf(results: Result[]) {
  return results
    .filter(({ handOver }) => handOver.outcome.kind === 'accepted' || handOver.outcome.kind === 'refused')
    .map(({ row, handOver }) => ({
      name: handOver.outcome.kind === 'accepted' ? 'notification.sent' : 'notification.refused',
      correlationId: row.correlation_id,
      subjects: [row.id, row.service_id],
      properties: {
        type: row.notification_type,
        key_type: row.key_type,
        provider: row.attempt_provider,
        attempts: row.send_attempts,
        ...('reason' in handOver.outcome ? { reason: handOver.outcome.reason } : {}),
      },
    }));
}

function toOutcome(result: Result, now: Date): AttemptOutcome {
  const { row, handOver } = result;
  const { outcome } = handOver;
  const isAccepted = outcome.kind === 'accepted';
  return {
    id: row.id,
    send_attempts: row.send_attempts,
    status: toStatus(result),
    sent_at: isAccepted ? now : null,
    sent_by: isAccepted ? row.attempt_provider : null,
    reference: outcome.kind === 'accepted' ? (outcome.reference ?? null) : null,
    billable_units: handOver.units ?? null,
    is_unknown: outcome.kind === 'unknown',
  };
}

function toStatus({ row, handOver }: Result): AttemptOutcome['status'] {
  if (handOver.outcome.kind === 'refused') return 'technical-failure';
  if (handOver.outcome.kind !== 'accepted') return null;
  if (handOver.isDelivered) return 'delivered';
  return row.notification_type === 'sms' && row.international ? 'sent' : 'sending';
}

/** All retries are used up: the message ends, and its service is told. */
export function giveUpSending(ctx: NotifyContext) {
  return async (trx: Handle, job: Job<NotificationPayload>, failure: JobFailure): Promise<void> => {
    const now = ctx.clock.now();
    const row = await giveUp(trx, job.payload.id, now);
    if (!row) return;
    ctx.log.error({ notificationId: row.id, cause: failure.cause }, 'send failed for good');
    if (row.notification_type === 'letter') return;
    const event = {
      serviceId: row.service_id,
      aboutId: row.id,
      causedAt: now,
      correlationId: row.correlation_id,
      body: deliveryStatusBody(row),
    };
    await queueCallbacks(ctx, trx, 'delivery_status', [event]);
    await ctx.events.append(trx, [
      {
        name: 'notification.gave_up',
        correlationId: row.correlation_id,
        subjects: [row.id, row.service_id],
        properties: { type: row.notification_type, attempts: failure.attempts },
      },
    ]);
  };
}
