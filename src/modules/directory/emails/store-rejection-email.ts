import { randomInt } from 'node:crypto';
import type { Handle } from '#platform/db';
import type { DirectoryContext } from '../context.ts';
import type { PendingChange } from '../dos/pending-change-queries.ts';
import { type DirectoryEvent, directoryEvent, type EventFacts } from '../events.ts';
import { sendRejectionEmailTask } from '../tasks/operation-definitions.ts';
import { type EmailFile, insertEmailFiles } from './email-queries.ts';
import { REJECTION_SUBJECT, rejectionEmailBody } from './rejection-email.ts';

/** A rejection to be told to the person who had proposed the change. */
export interface Rejection {
  change: PendingChange;
  facts: EventFacts;
}

export interface PreparedEmail {
  file: EmailFile;
  facts: EventFacts;
  /** Links the id printed in the e-mail to the correlation id. */
  event: DirectoryEvent;
}

export function prepareEmail(ctx: DirectoryContext, { change, facts }: Rejection): PreparedEmail {
  const nanoseconds = `${ctx.clock.now().getTime()}${String(randomInt(1_000_000)).padStart(6, '0')}`;
  const emailCorrelationId = `${change.serviceUid}-${nanoseconds}`;
  const fileName = `rejection-emails/rejection-email-${nanoseconds}.json`;
  const file: EmailFile = {
    fileName,
    changeId: change.id,
    userId: change.userId,
    correlationId: facts.correlationId,
    emailSubject: REJECTION_SUBJECT,
    emailBody: rejectionEmailBody(change, {
      emailCorrelationId,
      teamAddress: ctx.config.teamEmailAddress,
    }),
  };
  const event = directoryEvent(
    'email.stored',
    facts,
    'Email Correlation Id',
    {
      level: 'INFO',
      email_correlation_id: emailCorrelationId,
      file_name: fileName,
      change_id: change.id,
      user_id: change.userId,
    },
    [emailCorrelationId, change.id],
  );
  return { file, facts, event };
}

/** Stores e-mails and sends their jobs in the transaction that records the rejections: the outbox of D-02. */
export async function storeEmails(
  ctx: DirectoryContext,
  trx: Handle,
  emails: PreparedEmail[],
): Promise<void> {
  if (emails.length === 0) return;
  await insertEmailFiles(
    trx,
    emails.map(({ file }) => file),
    ctx.clock.now(),
  );
  await ctx.jobs.enqueue(
    trx,
    sendRejectionEmailTask,
    emails.map(({ file, facts }) => ({
      payload: { fileName: file.fileName },
      correlationId: facts.correlationId,
      ...(facts.traceparent == null ? {} : { traceparent: facts.traceparent }),
    })),
  );
}
