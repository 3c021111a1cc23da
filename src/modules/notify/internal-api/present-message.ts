import type { NotifyContext } from '../context.ts';
import { openPersonalisation } from '../delivery/sms-out.ts';
import { type AttachmentRow, listAttachments } from '../letter-attachments/attachment-queries.ts';
import type { MessageRow } from '../message-log/message-queries.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { keyOf, type Template } from '../services/templates.ts';
import { presentAttachment } from './present-template.ts';
import { londonTime } from './times.ts';

/** Messages with the versions of the templates that they were made from. */
export async function presentMessages(ctx: NotifyContext, rows: MessageRow[]) {
  const templates = await ctx.templates.versionsOf(rows);
  const attachmentIds = rows.flatMap((row) => templates.get(keyOf(row))?.row.letter_attachment_id ?? []);
  const attachments = await listAttachments(ctx.db.kysely, [...new Set(attachmentIds)]);
  return rows.map((row) => presentMessage(ctx, row, templates.get(keyOf(row)), attachments));
}

/** A message as the admin website reads it: internals section 3.3. */
function presentMessage(
  ctx: NotifyContext,
  row: MessageRow,
  template: Template | undefined,
  attachments: readonly AttachmentRow[],
) {
  return {
    id: row.id,
    to: row.recipient,
    normalised_to: row.normalised_to,
    service: row.service_id,
    job: row.job_id === null ? null : { id: row.job_id, original_file_name: row.job_file_name },
    job_row_number: row.job_row_number,
    template: presentSentTemplate(row, template, attachments),
    api_key: row.api_key_id,
    key_type: row.key_type,
    key_name: row.api_key_name,
    created_by: row.created_by,
    billable_units: row.billable_units,
    notification_type: row.notification_type,
    created_at: timestamp(row.created_at),
    sent_at: timestamp(row.sent_at),
    sent_by: row.sent_by,
    updated_at: timestamp(row.updated_at),
    reference: row.reference,
    client_reference: row.client_reference,
    international: row.international,
    phone_prefix: row.phone_prefix,
    rate_multiplier: row.rate_multiplier === null ? null : Number(row.rate_multiplier),
    reply_to_text: row.reply_to_text,
    document_download_count: row.document_download_count,
    postage: row.postage,
    unsubscribe_link: row.unsubscribe_link,
    status: row.notification_status,
    personalisation: openPersonalisation(ctx, row.personalisation),
  };
}

function presentSentTemplate(
  row: MessageRow,
  template: Template | undefined,
  attachments: readonly AttachmentRow[],
) {
  const version = template?.row;
  const attachment = attachments.find(({ id }) => id === version?.letter_attachment_id);
  return {
    id: row.template_id,
    service: row.service_id,
    version: row.template_version,
    name: version?.name ?? null,
    template_type: row.notification_type,
    content: version?.content ?? null,
    subject: version?.subject ?? null,
    redact_personalisation: row.redact_personalisation,
    is_precompiled_letter: template?.isPrecompiled ?? false,
    letter_attachment: attachment ? presentAttachment(attachment) : null,
    reply_to_text: row.reply_to_text,
    letter_languages: row.notification_type === 'letter' ? (version?.letter_languages ?? 'english') : null,
    letter_welsh_subject: version?.letter_welsh_subject ?? null,
    letter_welsh_content: version?.letter_welsh_content ?? null,
    has_unsubscribe_link: version?.has_unsubscribe_link ?? false,
  };
}

type Words = Partial<Record<string, string>>;
const COMMON: Words = {
  failed: 'Failed',
  'technical-failure': 'Technical failure',
  delivered: 'Delivered',
  sending: 'Sending',
  created: 'Sending',
};
const DISPLAY: Record<MessageRow['notification_type'], Words> = {
  email: {
    ...COMMON,
    'temporary-failure': 'Inbox not accepting messages right now',
    'permanent-failure': 'Email address doesn’t exist',
    sent: 'Delivered',
  },
  sms: {
    ...COMMON,
    'temporary-failure': 'Phone not accepting messages right now',
    'permanent-failure': 'Phone number doesn’t exist',
    sent: 'Sent internationally',
  },
  letter: {
    'technical-failure': 'Technical failure',
    'permanent-failure': 'Permanent failure',
    delivered: 'Received',
    sending: 'Accepted',
    created: 'Accepted',
    'returned-letter': 'Returned',
  },
};

/** A status in the words of the table in internals section 3.3. */
export function displayStatus(row: Pick<MessageRow, 'notification_type' | 'notification_status'>): string {
  return DISPLAY[row.notification_type][row.notification_status] ?? row.notification_status;
}

/** Messages as lines of a spreadsheet. */
export async function presentForCsv(ctx: NotifyContext, rows: MessageRow[]) {
  const templates = await ctx.templates.versionsOf(rows);
  return rows.map((row) => ({
    id: row.id,
    row_number: row.job_row_number === null ? '' : row.job_row_number + 1,
    recipient: row.recipient,
    client_reference: row.client_reference ?? '',
    template_name: templates.get(keyOf(row))?.row.name ?? '',
    template_type: row.notification_type,
    job_name: row.job_file_name ?? '',
    status: displayStatus(row),
    created_at: londonTime(row.created_at),
    created_by_name: row.created_by?.name ?? null,
    created_by_email_address: row.created_by?.email_address ?? null,
    api_key_name: row.api_key_name,
  }));
}
