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
 * In live, rejection e-mails go through notify where it runs, unless the mail server of the platform is asked for. Outside
 * live they never do: whether a provider of notify is real is not for us to see. The mail server takes them in the layout
 * and from the mailbox of the original (6.12).
 */
export function createPostRejection(
  config: Pick<SettingValues<typeof directorySettings>, 'emailsBy' | 'profile' | 'systemEmailAddress'>,
  carriers: { notify: NotifyFace | undefined; mail: Pick<Mailer, 'send'> },
): PostRejection {
  const { notify, mail } = carriers;
  const { emailsBy = notify ? 'notify' : 'mail', systemEmailAddress } = config;
  if (emailsBy === 'notify' && !notify) {
    throw new Error('DIRECTORY_EMAILS_BY=notify needs the module notify: add it to SIGNALBOX_MODULES');
  }
  return emailsBy === 'notify' && notify && config.profile === 'live'
    ? byNotify(notify, systemEmailAddress)
    : byMailServer(mail, systemEmailAddress);
}

function byMailServer(mail: Pick<Mailer, 'send'>, from: string | undefined): PostRejection {
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

/** Notify sends each key once, whatever becomes of the worker that hands it over. Its own address is the sender. */
function byNotify(notify: NotifyFace, replyTo: string | undefined): PostRejection {
  return async ({ file, correlationId, name, address }) => {
    try {
      await notify.sendEmail({
        idempotencyKey: `directory:${file.fileName}`,
        to: address,
        subject: file.emailSubject,
        body: notifyBody(addressedBody(file.emailBody, name)),
        correlationId,
        ...(replyTo === undefined ? {} : { replyTo }),
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
