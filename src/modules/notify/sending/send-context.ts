import { randomInt } from 'node:crypto';
import type { NotifyContext } from '../context.ts';
import { BadRequestError } from '../errors.ts';
import { NOTIFY_SERVICE_ID, newNotificationId } from '../notifications/notification.ts';
import { isObject } from '../requests/schema.ts';
import type { KeyType, NotificationType, Service } from '../services/service.ts';
import type { Template } from '../services/templates.ts';
import {
  createLetterPdfTask,
  deliverEmailTask,
  deliverInternalTask,
  deliverSmsTask,
  deliverTestTask,
} from '../tasks/definitions.ts';

/** One request to send, as the functions that check and accept it see it. */
export interface SendRequest {
  service: Service;
  keyType: KeyType;
  apiKeyId: string | null;
  baseUrl: string;
  correlationId: string;
  /** See `Acceptance`. */
  deadline?: number | undefined;
}

const CHANNEL_WORDS: Record<NotificationType, string> = {
  sms: 'text messages',
  email: 'emails',
  letter: 'letters',
};

/** Step 6 of public section 3.8. */
export function checkPermission(service: Service, type: NotificationType): void {
  if (!service.permissions.has(type)) {
    throw new BadRequestError(`Service is not allowed to send ${CHANNEL_WORDS[type]}`);
  }
}

/** Steps 8 to 10 of public section 3.8. */
export async function findSendableTemplate(
  ctx: NotifyContext,
  service: Service,
  id: string,
  type: NotificationType,
): Promise<Template> {
  const template = await ctx.templates.latest(service.id, id);
  if (!template || template.row.hidden) throw new BadRequestError('Template not found');
  const { template_type: found, archived } = template.row;
  if (found !== type) {
    throw new BadRequestError(`${found} template is not suitable for ${type} notification`);
  }
  if (archived) throw new BadRequestError('Template has been deleted');
  return template;
}

/** Step 13 of public section 3.8. */
export function checkNothingMissing(template: Template, personalisation: Record<string, unknown>): void {
  const missing = template.missing(personalisation);
  if (missing.length > 0) throw new BadRequestError(`Missing personalisation: ${missing.join(', ')}`);
}

/** Step 15 of public section 3.8. */
export function checkNoFiles(personalisation: Record<string, unknown>): void {
  for (const value of Object.values(personalisation)) {
    if (isObject(value) && 'file' in value) throw new BadRequestError('Can only send a file by email');
  }
}

/** The parts of the 201 that all three channels share. */
export function acceptedAnswer(
  request: SendRequest,
  sent: { id: string; reference: string | null; template: Template; content: object },
) {
  const { row } = sent.template;
  return {
    id: sent.id,
    reference: sent.reference,
    content: sent.content,
    uri: `${request.baseUrl}/v2/notifications/${sent.id}`,
    template: {
      id: row.id,
      version: row.version,
      uri: `${request.baseUrl}/services/${row.service_id}/templates/${row.id}`,
    },
    scheduled_for: null,
  };
}

export function newId(ctx: NotifyContext): string {
  return newNotificationId(ctx.clock.now().getTime());
}

/** The queue a message goes to: test traffic and our own messages apart from the rest (public section 5.1). */
export function firstTask(serviceId: string, keyType: KeyType, type: NotificationType) {
  if (type === 'letter') return createLetterPdfTask;
  if (keyType === 'test') return deliverTestTask;
  if (serviceId === NOTIFY_SERVICE_ID) return deliverInternalTask;
  return type === 'sms' ? deliverSmsTask : deliverEmailTask;
}

/** Sealed personalisation as the insert takes it. */
export function sealPersonalisation(ctx: NotifyContext, personalisation: Record<string, unknown>): string {
  return ctx.secrets.seal(JSON.stringify(personalisation)).toString('base64');
}

const REFERENCE_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** What the printer knows a letter by: 16 capitals and digits. */
export function letterReference(): string {
  return Array.from({ length: 16 }, () => REFERENCE_LETTERS[randomInt(REFERENCE_LETTERS.length)]).join('');
}
