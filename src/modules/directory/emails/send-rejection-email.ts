import { type Job, RefusedError, type TaskRun } from '#platform/jobs';
import { MailError, type Mailer } from '#platform/mail';
import type { DirectoryContext } from '../context.ts';
import { findUser } from '../dos/pending-change-queries.ts';
import { directoryEvent, type EventFacts } from '../events.ts';
import { profileOf } from '../profiles.ts';
import { METRIC_KEY } from '../reports/contract-log.ts';
import { withDos } from '../sync/dos-outage.ts';
import { factsOfJob } from '../tasks/job-facts.ts';
import { type EmailOutcome, endEmail, type StoredEmail, selectEmailFile } from './email-queries.ts';
import { addressedBody, plainText } from './rejection-email.ts';

/**
 * Sends one stored rejection e-mail (6.12). Name and address are read when it is sent and kept nowhere. A worker that is
 * killed between sending and recording leads to a second copy; both carry one Message-ID, which mail programs fold.
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
    recordEnd(ctx, { file, facts, outcome, message, level, metric }, async (trx) =>
      run.complete(trx, [job.id]),
    );
  if (!mayBeSent(ctx, file.correlationId)) {
    return end('withheld', 'Email withheld: this environment sends no email for this correlation id', 'INFO');
  }
  const user = await withDos(() => findUser(ctx.dos.reader.kysely, file.userId));
  if (!user?.email) return end('no_address', 'Email skipped: the user has no email address', 'WARNING');
  try {
    await deliver(ctx, file, { name: user.name, address: user.email });
  } catch (error) {
    await recordFailure(ctx, file, facts);
    const isPermanent = error instanceof MailError && error.isPermanent;
    const failure = new Error('An error occurred while sending the email', { cause: error });
    throw isPermanent ? new RefusedError(failure.message, { cause: failure }) : failure;
  }
  return end('sent', 'Sent email', 'WARNING', 'EmailSent');
}

/** The one place where such an e-mail leaves: whoever sends mail for all modules takes over here. */
async function deliver(
  { mail, config }: { mail: Mailer; config: DirectoryContext['config'] },
  file: StoredEmail,
  recipient: { name: string; address: string },
): Promise<void> {
  const html = addressedBody(file.emailBody, recipient.name);
  const id = /(\d+)\.json$/.exec(file.fileName)?.[1] ?? file.changeId;
  await mail.send({
    to: recipient.address,
    subject: file.emailSubject,
    text: plainText(html),
    html,
    headers: { 'Message-ID': `<rejection-email-${id}@dos-integration>` },
    ...(config.systemEmailAddress === undefined ? {} : { from: config.systemEmailAddress }),
  });
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
