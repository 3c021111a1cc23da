import type { Handle } from '#platform/db';
import type { NotifyContext } from '../context.ts';
import { commitTogether } from '../notifications/accept.ts';
import { NOTIFY_SERVICE_ID, NOTIFY_USER_ID, newNotificationId } from '../notifications/notification.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { checkPhoneNumber, isPhoneProblem, showsSenderNames } from '../recipients/phone-number.ts';
import { cleanPersonalisation } from '../requests/personalisation-values.ts';
import { sealPersonalisation } from '../sending/send-context.ts';
import { deliverInternalTask } from '../tasks/definitions.ts';
import { findTemplateVersionNumber, insertMissingTemplates } from './built-in-template-queries.ts';
import { BUILT_IN_TEMPLATES } from './built-in-templates-data.ts';

/** The sender where networks of a country let no names through: internals appendix D. */
const INTERNATIONAL_SENDER = '07984404008';

/** The templates of internals appendix D and the user they belong to; safe to run in every process. */
export async function ensureBuiltInMessages(ctx: NotifyContext): Promise<void> {
  await insertMissingTemplates(ctx.db.kysely, BUILT_IN_TEMPLATES, {
    serviceId: NOTIFY_SERVICE_ID,
    userId: NOTIFY_USER_ID,
    emailAddress: 'notify@localhost',
    now: ctx.clock.now(),
  });
}

export interface BuiltInMessage {
  /** Made up here without one. */
  id?: string;
  templateId: string;
  to: string;
  personalisation: Record<string, unknown>;
  replyTo?: string;
  correlationId: string;
}

/**
 * Sends one of our own messages on the internal queue, in the caller's transaction: it goes out if, and only if, that
 * commits (internals section 3.4.2). Returns the notification's id; throws for a recipient that is none.
 */
export async function sendBuiltIn(ctx: NotifyContext, trx: Handle, message: BuiltInMessage): Promise<string> {
  const template = BUILT_IN_TEMPLATES.find(({ id }) => id === message.templateId);
  const version = await findTemplateVersionNumber(trx, message.templateId);
  if (!template || version === undefined)
    throw new Error(`There is no built-in template ${message.templateId}`);
  const now = ctx.clock.now();
  const id = message.id ?? newNotificationId(now.getTime());
  const notification = {
    id,
    service_id: NOTIFY_SERVICE_ID,
    template_id: template.id,
    template_version: version,
    api_key_id: null,
    key_type: 'normal' as const,
    notification_type: template.type,
    status: 'created' as const,
    created_at: now,
    client_reference: null,
    recipient: message.to.trim(),
    personalisation: sealPersonalisation(ctx, cleanPersonalisation(message.personalisation)),
    billable_units: 0,
    correlation_id: message.correlationId,
    ...(template.type === 'sms' ? smsFields(ctx, message.to) : emailFields(message)),
  };
  await commitTogether(trx, ctx.jobs, deliverInternalTask, [
    { notification, task: deliverInternalTask, counts: [] },
  ]);
  return id;
}

function smsFields(ctx: NotifyContext, to: string) {
  const number = checkPhoneNumber(to);
  if (isPhoneProblem(number)) throw new Error('A built-in text message has no valid number to go to');
  const isNumberNeeded = number.international && !showsSenderNames(number.prefix);
  return {
    normalised_to: number.normalised,
    international: number.international,
    phone_prefix: number.prefix,
    rate_multiplier: number.rateMultiplier,
    reply_to_text: isNumberNeeded ? INTERNATIONAL_SENDER : ctx.config.fromNumber,
  };
}

function emailFields(message: BuiltInMessage) {
  const normalised = normaliseEmailAddress(message.to);
  if (normalised === undefined) throw new Error('A built-in email has no valid address to go to');
  return {
    normalised_to: normalised,
    international: false,
    ...(message.replyTo === undefined ? {} : { reply_to_text: message.replyTo }),
  };
}
