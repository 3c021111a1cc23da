import type { NotifyFace } from '#notify';
import type { SettingValues } from '#platform/config';
import { RefusedError } from '#platform/jobs';
import type { Mailer } from '#platform/mail';
import type { directorySettings } from '../settings.ts';
import type { StoredEmail } from './email-queries.ts';
import { addressedBody, notifyBody, plainText } from './rejection-email.ts';

export interface RejectionLetter {
  file: StoredEmail;
  correlationId: string;
  /** Of the person it goes to; kept nowhere by this module. */
  name: string;
  address: string;
}

/** Hands a rejection e-mail over to whoever carries it. Throws when it was not taken. */
export type PostRejection = (letter: RejectionLetter) => Promise<void>;

/**
 * E-mails go to the mail server of the platform, in the layout and from the mailbox of the original (6.12). In live they
 * go through notify instead where that is asked for. Outside live they never do: whether a provider of notify is real
 * is not for us to see.
 */
export function createPostRejection(
  config: SettingValues<typeof directorySettings>,
  carriers: { notify: NotifyFace | undefined; mail: Mailer },
): PostRejection {
  const { notify, mail } = carriers;
  if (config.emailsBy === 'mail') return byMailServer(mail, config.systemEmailAddress);
  if (!notify) {
    throw new Error('DIRECTORY_EMAILS_BY=notify needs the module notify: add it to SIGNALBOX_MODULES');
  }
  return config.profile === 'live' ? byNotify(notify) : byMailServer(mail, config.systemEmailAddress);
}

function byMailServer(mail: Mailer, from: string | undefined): PostRejection {
  return async ({ file, name, address }) => {
    const html = addressedBody(file.emailBody, name);
    await mail.send({
      to: address,
      subject: file.emailSubject,
      text: plainText(html),
      html,
      messageId: `<rejection-email-${numberOf(file)}@dos-integration>`,
      ...(from === undefined ? {} : { from }),
    });
  };
}

/** Notify sends each key once, whatever becomes of the worker that hands it over. */
function byNotify(notify: NotifyFace): PostRejection {
  return async ({ file, correlationId, name, address }) => {
    try {
      await notify.sendEmail({
        idempotencyKey: `directory:${file.fileName}`,
        to: address,
        subject: file.emailSubject,
        body: notifyBody(addressedBody(file.emailBody, name)),
        correlationId,
      });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'InvalidRecipientError') throw error;
      throw new RefusedError('The author has no usable e-mail address', { cause: error });
    }
  };
}

function numberOf({ fileName, changeId }: StoredEmail): string {
  return /(\d+)\.json$/.exec(fileName)?.[1] ?? changeId;
}
