import type { NotifyContext } from '../context.ts';
import { NOTIFY_USER_ID } from '../notifications/notification.ts';
import { timestamp } from '../notifications/timestamp.ts';
import type { Service } from '../services/service.ts';
import { PRECOMPILED_NAME } from '../services/templates.ts';
import type { EditableTemplate } from '../template-editing/template-edit-queries.ts';

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
    letter_attachment: null,
    letter_languages: isLetter ? 'english' : null,
    letter_welsh_subject: null,
    letter_welsh_content: null,
    has_unsubscribe_link: template.has_unsubscribe_link,
    is_precompiled_letter: isPrecompiled(template),
    reply_to: isLetter ? template.letter_contact_id : null,
    reply_to_text: service ? replyToText(ctx, template, service) : null,
    template_redacted: template.id,
    email_files: [],
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

function isPrecompiled(template: EditableTemplate): boolean {
  return template.hidden && template.name === PRECOMPILED_NAME;
}
