import type { NotifyContext } from '../context.ts';
import { BadRequestError } from '../errors.ts';
import type { Acceptance } from '../notifications/accept.ts';
import { EMAIL_ADDRESS_MESSAGE, normaliseEmailAddress } from '../recipients/email-address.ts';
import { trimmedVisible } from '../recipients/invisible-characters.ts';
import { toAcceptance } from '../sending/send-email.ts';
import { chooseSender } from '../services/service.ts';
import type { CheckedOneOff } from './send-one-off.ts';

/** The row of an email with its task and counter. */
export function emailRow(ctx: NotifyContext, checked: CheckedOneOff): Acceptance {
  const { service, template } = checked;
  const address = trimmedVisible(checked.to);
  if (normaliseEmailAddress(address) === undefined) throw new BadRequestError(EMAIL_ADDRESS_MESSAGE);
  const replyTo = chooseSender(service.emailReplyTos, checked.senderId);
  if (replyTo === null) throw new BadRequestError('Reply to email address not found');
  const { correlationId } = checked;
  const request = { service, keyType: 'normal' as const, apiKeyId: null, baseUrl: ctx.apiUrl, correlationId };
  const acceptance = toAcceptance(ctx, request, {
    id: checked.id,
    reference: null,
    address,
    templateId: template.row.id,
    templateVersion: template.row.version,
    personalisation: checked.personalisation,
    documents: checked.documents,
    replyTo: replyTo?.text,
    unsubscribeUrl: undefined,
  });
  return { ...acceptance, notification: { ...acceptance.notification, created_by_id: checked.creatorId } };
}
