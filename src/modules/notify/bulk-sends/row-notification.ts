import type { NotifyContext } from '../context.ts';
import type { NewNotification } from '../notifications/accept.ts';
import { type Postage, postageFor } from '../recipients/postal-address.ts';
import { letterReference, newId, sealPersonalisation } from '../sending/send-context.ts';
import type { TemplateRow } from '../services/template-queries.ts';
import type { BulkSendRow } from './bulk-send-queries.ts';
import type { CheckedRow } from './row-check.ts';

/** The message that a row of a bulk send becomes; one that nothing may be sent to is kept as `validation-failed`. */
export function toNotification(
  ctx: NotifyContext,
  send: BulkSendRow,
  template: TemplateRow,
  row: CheckedRow,
): NewNotification {
  return {
    id: newId(ctx),
    service_id: send.service_id,
    template_id: send.template_id,
    template_version: send.template_version,
    api_key_id: null,
    key_type: 'normal',
    notification_type: send.template_type,
    status: row.error ? 'validation-failed' : 'created',
    created_at: ctx.clock.now(),
    client_reference: row.reference,
    personalisation: sealPersonalisation(ctx, row.personalisation),
    billable_units: 0,
    ...(send.created_by_id === null ? {} : { created_by_id: send.created_by_id }),
    ...(send.sender_text === null ? {} : { reply_to_text: send.sender_text }),
    correlation_id: send.correlation_id ?? send.id,
    job_id: send.id,
    job_row_number: row.row,
    ...recipientFields(send, template, row),
  };
}

function recipientFields(send: BulkSendRow, template: TemplateRow, row: CheckedRow) {
  const recipient = row.recipient ?? '';
  if (send.template_type === 'sms') {
    const { number } = row;
    return {
      recipient,
      normalised_to: number?.normalised ?? null,
      international: number?.international ?? false,
      phone_prefix: number?.prefix ?? '44',
      rate_multiplier: row.error ? 0 : (number?.rateMultiplier ?? 1),
    };
  }
  if (send.template_type === 'email') {
    return { recipient, normalised_to: row.emailAddress ?? null, international: false };
  }
  const lines = row.address?.normalisedLines ?? recipient.split('\n');
  // The column allows these values only.
  const chosen = (template.postage ?? 'second') as Postage;
  const postage = row.address ? postageFor(row.address, chosen) : chosen;
  return {
    recipient: lines.join('\n'),
    normalised_to: lines.join('').replace(/\s/g, '').toLowerCase(),
    international: postage === 'europe' || postage === 'rest-of-world',
    postage,
    reference: letterReference(),
    ...(template.letter_contact_block === null ? {} : { reply_to_text: template.letter_contact_block }),
  };
}
