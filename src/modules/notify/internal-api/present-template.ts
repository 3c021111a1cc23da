import type { NotifyContext } from '../context.ts';
import { NOTIFY_USER_ID } from '../notifications/notification.ts';
import { timestamp } from '../notifications/timestamp.ts';
import type { Service } from '../services/service.ts';
import { PRECOMPILED_NAME } from '../services/templates.ts';
import type { EditableTemplate, StoredAttachment } from '../template-editing/template-edit-queries.ts';

/** The newest version of a template as the admin website reads it: internals section 3.3. */
export function presentTemplate(
  ctx: NotifyContext,
  template: EditableTemplate,
  service: Service | undefined,
) {
  return {
    ...presentVersion(ctx, template, service),
    created_by: template.created_by_id ?? NOTIFY_USER_ID,
    folder: template.folder_id,
    redact_personalisation: template.redact_personalisation,
  };
}

/** A former version, which knows neither folder nor redaction. */
export function presentFormerVersion(
  ctx: NotifyContext,
  template: EditableTemplate,
  service: Service | undefined,
) {
  return {
    ...presentVersion(ctx, template, service),
    created_by: {
      id: template.created_by_id ?? NOTIFY_USER_ID,
      name: template.created_by_name ?? template.created_by,
      email_address: template.created_by,
    },
  };
}

export function presentTemplateInList(template: EditableTemplate) {
  return {
    folder: template.folder_id,
    id: template.id,
    is_precompiled_letter: isPrecompiled(template),
    name: template.name,
    template_type: template.template_type,
  };
}

function presentVersion(ctx: NotifyContext, template: EditableTemplate, service: Service | undefined) {
  const isLetter = template.template_type === 'letter';
  return {
    id: template.id,
    version: template.version,
    service: template.service_id,
    name: template.name,
    template_type: template.template_type,
    content: template.content,
    subject: template.subject,
    created_at: timestamp(template.created_at),
    updated_at: timestamp(template.updated_at),
    archived: template.archived,
    hidden: template.hidden,
    postage: template.postage,
    letter_attachment: template.letter_attachment && presentAttachment(template.letter_attachment),
    letter_languages: isLetter ? (template.letter_languages ?? 'english') : null,
    letter_welsh_subject: template.letter_welsh_subject,
    letter_welsh_content: template.letter_welsh_content,
    has_unsubscribe_link: template.has_unsubscribe_link,
    is_precompiled_letter: isPrecompiled(template),
    reply_to: isLetter ? template.letter_contact_id : null,
    reply_to_text: service ? replyToText(ctx, template, service) : null,
    template_redacted: template.id,
    email_files: template.email_files,
  };
}

/** Where replies go, or who the text is from, unless the send says otherwise. */
function replyToText(ctx: NotifyContext, template: EditableTemplate, service: Service): string | null {
  if (template.template_type === 'letter') {
    return service.letterContacts.find((contact) => contact.id === template.letter_contact_id)?.text ?? null;
  }
  const senders = template.template_type === 'sms' ? service.smsSenders : service.emailReplyTos;
  const chosen = senders.find((sender) => sender.isDefault)?.text;
  return chosen ?? (template.template_type === 'sms' ? ctx.config.fromNumber : null);
}

export function presentAttachment(attachment: StoredAttachment) {
  return {
    id: attachment.id,
    created_at: timestamp(new Date(attachment.created_at)),
    created_by_id: attachment.created_by_id,
    archived_at: attachment.archived_at === null ? null : timestamp(new Date(attachment.archived_at)),
    archived_by_id: attachment.archived_by_id,
    original_filename: attachment.original_filename,
    page_count: attachment.page_count,
  };
}

function isPrecompiled(template: EditableTemplate): boolean {
  return template.hidden && template.name === PRECOMPILED_NAME;
}
