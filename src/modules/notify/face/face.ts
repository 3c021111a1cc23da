import type { NotifyContext } from '../context.ts';
import { type Acceptance, commitTogether } from '../notifications/accept.ts';
import { NOTIFY_SERVICE_ID, newNotificationId } from '../notifications/notification.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { checkPhoneNumber, isPhoneProblem } from '../recipients/phone-number.ts';
import { cleanPersonalisation } from '../requests/personalisation-values.ts';
import { sealPersonalisation } from '../sending/send-context.ts';
import { deliverInternalTask } from '../tasks/definitions.ts';
import { MODULE_EMAIL_TEMPLATE_ID, MODULE_SMS_TEMPLATE_ID } from './built-ins.ts';
import { findInternalSend, insertInternalSend } from './face-queries.ts';

/** What other modules send by, through `platform.faceOf(notify)`. */
export interface NotifyFace {
  /**
   * Sends an email from the built-in service. `body` is in Notify's email dialect; `idempotencyKey` makes repeated calls
   * send once. Resolves when the message is durable; throws InvalidRecipientError for what is no address.
   */
  sendEmail(email: ModuleEmail): Promise<{ notificationId: string }>;
  /** The same for a text message. */
  sendSms(sms: ModuleSms): Promise<{ notificationId: string }>;
}

export interface ModuleEmail {
  idempotencyKey: string;
  to: string;
  subject: string;
  body: string;
  replyTo?: string;
  correlationId: string;
}

export interface ModuleSms {
  idempotencyKey: string;
  to: string;
  body: string;
  correlationId: string;
}

/** The text given as recipient is neither an email address nor a phone number; it is not repeated here. */
export class InvalidRecipientError extends Error {
  constructor(kind: 'email address' | 'phone number') {
    super(`The recipient is not a valid ${kind}`);
    this.name = 'InvalidRecipientError';
  }
}

export function createNotifyFace(ctx: NotifyContext): NotifyFace {
  return {
    sendEmail: async (email) => {
      const normalised = normaliseEmailAddress(email.to);
      if (normalised === undefined) throw new InvalidRecipientError('email address');
      return sendOnce(ctx, email, {
        template_id: MODULE_EMAIL_TEMPLATE_ID,
        notification_type: 'email',
        recipient: email.to.trim(),
        normalised_to: normalised,
        personalisation: seal(ctx, { subject: email.subject, body: email.body }),
        international: false,
        ...(email.replyTo === undefined ? {} : { reply_to_text: email.replyTo }),
      });
    },
    sendSms: async (sms) => {
      const number = checkPhoneNumber(sms.to);
      if (isPhoneProblem(number)) throw new InvalidRecipientError('phone number');
      return sendOnce(ctx, sms, {
        template_id: MODULE_SMS_TEMPLATE_ID,
        notification_type: 'sms',
        recipient: sms.to.trim(),
        normalised_to: number.normalised,
        personalisation: seal(ctx, { body: sms.body }),
        international: number.international,
        phone_prefix: number.prefix,
        rate_multiplier: number.rateMultiplier,
        reply_to_text: ctx.config.fromNumber,
      });
    },
  };
}

type Fields = Acceptance['notification'];
type OwnFields =
  | 'id'
  | 'service_id'
  | 'template_version'
  | 'api_key_id'
  | 'key_type'
  | 'status'
  | 'created_at'
  | 'client_reference'
  | 'billable_units'
  | 'correlation_id';

/** Key, row and job in one transaction: a call that is repeated, at the same time or later, finds the first. */
async function sendOnce(
  ctx: NotifyContext,
  call: { idempotencyKey: string; correlationId: string },
  fields: Omit<Fields, OwnFields>,
): Promise<{ notificationId: string }> {
  const { idempotencyKey: key, correlationId } = call;
  const known = await findInternalSend(ctx.db.kysely, key);
  if (known !== undefined) return { notificationId: known };
  const now = ctx.clock.now();
  const id = newNotificationId(now.getTime());
  const notification: Fields = {
    ...fields,
    id,
    service_id: NOTIFY_SERVICE_ID,
    template_version: 1,
    api_key_id: null,
    key_type: 'normal',
    status: 'created',
    created_at: now,
    client_reference: null,
    billable_units: 0,
    correlation_id: correlationId,
  };
  const isFirst = await ctx.db.kysely.transaction().execute(async (trx) => {
    if (!(await insertInternalSend(trx, { key, notificationId: id, now }))) return false;
    await commitTogether(trx, ctx.jobs, deliverInternalTask, [
      { notification, task: deliverInternalTask, counts: [] },
    ]);
    return true;
  });
  if (isFirst) return { notificationId: id };
  const first = await findInternalSend(ctx.db.kysely, key);
  if (first === undefined) throw new Error('A message was sent under this key and is gone');
  return { notificationId: first };
}

function seal(ctx: NotifyContext, personalisation: Record<string, unknown>): string {
  return sealPersonalisation(ctx, cleanPersonalisation(personalisation));
}
