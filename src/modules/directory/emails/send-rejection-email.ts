import { type Job, RefusedError, type TaskRun } from '#platform/jobs';
import { MailError } from '#platform/mail';
import type { DirectoryContext } from '../context.ts';
import { findUser } from '../dos/pending-change-queries.ts';
import { directoryEvent, type EventFacts } from '../events.ts';
import { callOnce, endCall } from '../outside-calls/call-once.ts';
import { profileOf } from '../profiles.ts';
import { METRIC_KEY } from '../reports/contract-log.ts';
import { withDos } from '../sync/dos-outage.ts';
import { factsOfJob } from '../tasks/job-facts.ts';
import { type EmailOutcome, endEmail, type StoredEmail, selectEmailFile } from './email-queries.ts';

/**
 * Sends one stored rejection e-mail (6.12). Name and address are read when it is sent and kept nowhere here. One whose
 * worker was lost while it sent it is not sent again by itself: it ends among the failures, and in the alarm on e-mails.
 */
export async function sendRejectionEmail(
  ctx: DirectoryContext,
  job: Job<{ fileName: string }>,
  run: TaskRun,
): Promise<void> {
  const file = await selectEmailFile(ctx.db.kysely, job.payload.fileName);
  if (!file || file.outcome !== null) return;
  const facts = factsOfJob(job, null);
  const end = (outcome: EmailOutcome, message: string, level: string, metric?: string) =>
    recordEnd(ctx, { file, facts, outcome, message, level, metric }, async (trx) => {
      await endCall(trx, job.id);
      await run.complete(trx, [job.id]);
    });
  if (!mayBeSent(ctx, file.correlationId)) {
    return end('withheld', 'Email withheld: this environment sends no email for this correlation id', 'INFO');
  }
  const user = await withDos(() => findUser(ctx.dos.reader.kysely, file.userId));
  if (!user?.email) return end('no_address', 'Email skipped: the user has no email address', 'WARNING');
  const letter = {
    file,
    correlationId: job.correlationId ?? file.fileName,
    name: user.name,
    address: user.email,
  };
  try {
    await callOnce(ctx, job.id, () => ctx.postRejection(letter));
  } catch (error) {
    await recordFailure(ctx, file, facts);
    throw asFailure(error);
  }
  return end('sent', 'Sent email', 'WARNING', 'EmailSent');
}

/** What a person may read: the reason of the mail server can hold the address. */
function asFailure(error: unknown): Error {
  const message = 'An error occurred while sending the email';
  const isPermanent = error instanceof MailError && error.isPermanent;
  if (isPermanent) return new RefusedError(message, { cause: new Error(message, { cause: error }) });
  return error instanceof RefusedError ? error : new Error(message, { cause: error });
}

/**
 * The condition of 6.12: an account that is not `nonprod`, or a correlation id with `email` in it. Outside live, mail goes
 * to a server of this machine only, such as the simulated inbox: nobody gets a real one by mistake.
 */
function mayBeSent({ config, isMailLocal }: DirectoryContext, correlationId: string | null): boolean {
  const account = config.accountName ?? profileOf(config.profile).accountName;
  const isWanted = account !== 'nonprod' || (correlationId ?? '').includes('email');
  return isWanted && (config.profile === 'live' || isMailLocal);
}

interface End {
  file: StoredEmail;
  facts: EventFacts;
  outcome: EmailOutcome;
  message: string;
  level: string;
  metric: string | undefined;
}

async function recordEnd(
  ctx: DirectoryContext,
  { file, facts, outcome, message, level, metric }: End,
  complete: (trx: Parameters<TaskRun['complete']>[0]) => Promise<void>,
): Promise<void> {
  const event = directoryEvent(
    `email.${outcome}`,
    facts,
    message,
    { level, ...fileKeys(ctx, file), ...(metric !== undefined && { [METRIC_KEY]: metric }) },
    [file.changeId],
  );
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await endEmail(trx, file.fileName, outcome, ctx.clock.now());
    await ctx.events.append(trx, [event]);
    await complete(trx);
  });
  ctx.contractLog.print('send-email', [event]);
}

async function recordFailure(ctx: DirectoryContext, file: StoredEmail, facts: EventFacts): Promise<void> {
  const event = directoryEvent(
    'email.failed',
    facts,
    'Email failed',
    { level: 'ERROR', ...fileKeys(ctx, file), [METRIC_KEY]: 'EmailFailed' },
    [file.changeId],
  );
  await ctx.events.append(ctx.db.kysely, [event]);
  ctx.contractLog.print('send-email', [event]);
}

/** Ids alone: never the address, the name or the body (6.12). */
function fileKeys({ config }: DirectoryContext, file: StoredEmail): Record<string, unknown> {
  return {
    user_id: file.userId,
    change_id: file.changeId,
    s3_filename: file.fileName,
    environment: config.environment,
  };
}
