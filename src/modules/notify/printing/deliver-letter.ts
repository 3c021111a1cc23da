// Handing letters to the printer, one call each: internals sections 6.10.4 and 10 F14. The provider knows a letter by its
// id, so a call whose outcome was lost is simply made again.
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import type { NotifyContext } from '../context.ts';
import { readLetterPdf } from '../letter-production/letter-files.ts';
import type { Postage } from '../recipients/postal-address.ts';
import { sealToken } from '../secrets/fernet.ts';
import type { NotificationPayload } from '../tasks/definitions.ts';
import { type PrintRequest, printRequest } from './print-request.ts';
import { beginPrinting, type PrintableRow, recordPrinting } from './printing-queries.ts';

/** The printer asked for patience or does not answer: the letter waits for its retry. */
class PrintFailedError extends Error {
  constructor(reason: string) {
    super(`The printer did not take the letter: ${reason}`);
    this.name = 'PrintFailedError';
  }
}

const THROTTLED_MS = 30_000;

/** The run of `notify.deliver_letter`. */
export function deliverLetters(ctx: NotifyContext) {
  return async (jobs: Job<NotificationPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    const outcomes: JobOutcome[] = [];
    let isThrottled = false;
    for (const job of jobs) {
      // One refusal for being too fast holds back the rest of the batch, so the rate follows what the printer takes.
      if (isThrottled || run.signal.aborted) {
        outcomes.push({ id: job.id, status: 'postponed', delayMs: isThrottled ? THROTTLED_MS : 0 });
        continue;
      }
      const outcome = await deliverOne(ctx, job, run);
      isThrottled = outcome === 'throttled';
      outcomes.push(
        outcome === 'throttled' ? { id: job.id, status: 'postponed', delayMs: THROTTLED_MS } : outcome,
      );
    }
    return outcomes;
  };
}

async function deliverOne(
  ctx: NotifyContext,
  job: Job<NotificationPayload>,
  run: TaskRun,
): Promise<JobOutcome | 'throttled'> {
  const done: JobOutcome = { id: job.id, status: 'completed' };
  const letter = await beginPrinting(ctx.db.kysely, job.payload.id, ctx.clock.now());
  if (!letter) {
    ctx.log.warn({ notificationId: job.payload.id }, 'letter is not to be printed any more');
    return done;
  }
  const request = await requestFor(ctx, letter);
  if (!request) {
    ctx.log.error({ notificationId: letter.id }, 'Error getting letter from bucket');
    await settle(ctx, letter, 'technical-failure', job, run);
    return done;
  }
  ctx.log.info({ notificationId: letter.id }, 'Start sending letter for notification id');
  const outcome = await ctx.printer.print(request, {
    correlationId: letter.correlation_id ?? letter.id,
    signal: run.signal,
  });
  if (outcome.kind === 'failed') {
    ctx.metrics.sendFailures.inc({ provider_name: 'dvla', outcome: outcome.kind });
    ctx.log.warn(
      { notificationId: letter.id, provider: 'dvla', reason: outcome.reason },
      'send failed, will retry',
    );
    if (outcome.isThrottled) return 'throttled';
    return { id: job.id, status: 'failed', error: new PrintFailedError(outcome.reason) };
  }
  if (outcome.kind === 'refused') {
    ctx.log.error(
      { notificationId: letter.id, provider: 'dvla', status: outcome.status },
      'printer refused a letter',
    );
    await settle(ctx, letter, 'technical-failure', job, run);
    return done;
  }
  if (outcome.wasKnown) ctx.log.warn({ notificationId: letter.id }, 'printer has this letter already');
  await settle(ctx, letter, 'sending', job, run);
  const seconds = (ctx.clock.now().getTime() - letter.created_at.getTime()) / 1_000;
  ctx.metrics.sendDuration.observe(
    { key_type: letter.key_type, notification_type: 'letter', provider_name: 'dvla' },
    Math.max(seconds, 0),
  );
  return done;
}

async function settle(
  ctx: NotifyContext,
  letter: PrintableRow,
  status: 'sending' | 'technical-failure',
  job: Job<NotificationPayload>,
  run: TaskRun,
): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const now = ctx.clock.now();
    await recordPrinting(trx, { id: letter.id, attempts: letter.send_attempts, status, now });
    await ctx.events.append(trx, [
      {
        name: status === 'sending' ? 'notification.sent' : 'notification.refused',
        correlationId: letter.correlation_id,
        subjects: [letter.id, letter.service_id],
        properties: {
          type: 'letter',
          key_type: letter.key_type,
          provider: 'dvla',
          attempts: letter.send_attempts,
        },
      },
    ]);
    await run.complete(trx, [job.id]);
  });
}

async function requestFor(ctx: NotifyContext, letter: PrintableRow): Promise<PrintRequest | undefined> {
  const pdf = await readLetterPdf(ctx, letter);
  if (!pdf) return undefined;
  const token = sealToken(ctx.keys.token, letter.id, ctx.clock.now());
  return printRequest({
    id: letter.id,
    reference: letter.reference ?? '',
    recipient: letter.recipient,
    // The column allows these values only.
    postage: (letter.postage ?? 'second') as Postage,
    pdf,
    serviceId: letter.service_id,
    organisationId: letter.organisation_id,
    callbackUrl: `${ctx.apiUrl}/notifications/letter/status?token=${encodeURIComponent(token)}`,
  });
}
