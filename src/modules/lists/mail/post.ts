import type { NotifyFace } from '#notify';
import { OutageError, RefusedError } from '#platform/jobs';
import { MailError, type Mailer } from '#platform/mail';
import { contactMailbox } from '../contact/contact.ts';
import type { ListsContext } from '../context.ts';
import type { Letter } from './letter.ts';

export interface PostedLetter extends Letter {
  /** The same at every attempt, so that a letter sent again is known to be the same. */
  id: string;
  to: string;
  replyTo: string | undefined;
  correlationId: string;
}

/** Hands a letter over to whoever carries it. Throws what tells the job engine to wait, retry or give up. */
export type Post = (letter: PostedLetter) => Promise<void>;

/** Letters go through notify where that module runs, which sends each id once, and to the mail server elsewhere. */
export function createPost(
  ctx: Pick<ListsContext, 'config' | 'publicOrigin'>,
  carriers: { notify: NotifyFace | undefined; mail: Mailer },
): Post {
  const { notify, mail } = carriers;
  return notify === undefined ? byMailServer(ctx, mail) : byNotify(ctx, notify);
}

function byNotify(ctx: Pick<ListsContext, 'config'>, notify: NotifyFace): Post {
  return async ({ id, to, subject, dialect, replyTo, correlationId }) => {
    try {
      await notify.sendEmail({
        idempotencyKey: `lists:${id}`,
        to,
        subject,
        body: dialect,
        replyTo: replyTo ?? contactMailbox(ctx),
        correlationId,
      });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'InvalidRecipientError') throw error;
      throw new RefusedError('The recipient is no e-mail address', { cause: error });
    }
  };
}

function byMailServer(ctx: Pick<ListsContext, 'config' | 'publicOrigin'>, mail: Mailer): Post {
  return async ({ id, to, subject, text, html, replyTo }) => {
    try {
      await mail.send({
        to,
        subject,
        text,
        html,
        from: ctx.config.mailFrom,
        messageId: `<${id}@${new URL(ctx.publicOrigin).hostname}>`,
        ...(replyTo === undefined ? {} : { replyTo }),
      });
    } catch (error) {
      if (!(error instanceof MailError)) throw error;
      if (error.isPermanent) throw new RefusedError('The mail server refused the letter', { cause: error });
      // No reply at all: everybody's letters wait, uncounted, until the server is back.
      throw error.responseCode === undefined ? new OutageError('the mail server', { cause: error }) : error;
    }
  };
}
