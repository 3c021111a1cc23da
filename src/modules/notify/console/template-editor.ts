import type { FastifyInstance, FastifyReply } from 'fastify';
import type { FieldError, FormFields, PageTools } from '#platform/console';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { listSenderRows } from '../service-settings/sender-queries.ts';
import type { ServiceRecord } from '../service-settings/service-record-queries.ts';
import type { NotificationType } from '../services/service.ts';
import {
  changeTemplate,
  createTemplate,
  TemplateRefusal,
  type WelshText,
} from '../template-editing/edit-template.ts';
import type { EditableTemplate } from '../template-editing/template-edit-queries.ts';
import { compareTemplates } from '../templates/template-difference.ts';
import { serviceIn, userOfActor } from './access.ts';
import { auditTemplate, templateIn, templatePath } from './template-access.ts';
import { allowPreview, previewOfDraft } from './template-preview.ts';

const view = new URL('./edit-template.njk', import.meta.url);
const TYPES: readonly NotificationType[] = ['email', 'sms', 'letter'];

/** What the editor shows: a template that is new, or one with changes that may not be saved. */
interface Draft {
  type: NotificationType;
  values: Record<string, string>;
  content?: string;
  template?: EditableTemplate;
}

/** The editor of templates, which shows beside the text what recipients will see. */
export function registerTemplateEditor(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  const operators = { preHandler: page.requireRole('operator') };
  const editor = async (
    reply: FastifyReply,
    service: ServiceRecord,
    draft: Draft,
    errors: FieldError[] = [],
  ) => {
    const data = await editorData(ctx, service, draft);
    allowPreview(reply);
    return errors.length > 0 ? page.renderInvalid(reply, view, data, errors) : page.render(reply, view, data);
  };

  app.get('/services/:serviceId/templates/new', async (request, reply) => {
    const service = await serviceIn(ctx, request);
    const query = page.readQuery(request);
    return editor(reply, service, {
      type: typeOf(query.text('type')),
      values: { folder: query.text('folder') },
    });
  });

  app.post('/services/:serviceId/templates', operators, async (request, reply) => {
    const service = await serviceIn(ctx, request);
    const form = page.readForm(request);
    const type = typeOf(form.text('type'));
    const draft = { type, values: form.values, content: form.raw('content') };
    if (form.text('do') === 'preview') return editor(reply, service, draft);
    const errors = findFaults(form, type);
    if (errors.length > 0) return editor(reply, service, draft, errors);
    const actor = page.actor(request);
    try {
      const folderId = readUuid(form.text('folder')) ?? null;
      const fields = { ...NO_FIELDS, ...fieldsOf(form, type), type, folderId };
      const made = await createTemplate(ctx, service, fields, await userOfActor(ctx, actor));
      await auditTemplate(ctx, actor, made, 'created');
      return page.redirect(reply, templatePath(service, made), 'The template is saved');
    } catch (error) {
      return editor(reply, service, draft, [refusal(error)]);
    }
  });

  app.get('/services/:serviceId/templates/:templateId/edit', async (request, reply) => {
    const service = await serviceIn(ctx, request);
    const template = await templateIn(ctx, request, service);
    return editor(reply, service, draftOf(template));
  });

  app.post('/services/:serviceId/templates/:templateId', operators, async (request, reply) => {
    const service = await serviceIn(ctx, request);
    const template = await templateIn(ctx, request, service);
    const form = page.readForm(request);
    const type = template.template_type;
    const draft = { type, template, values: form.values, content: form.raw('content') };
    if (form.text('do') === 'preview') return editor(reply, service, draft);
    const errors = findFaults(form, type);
    if (form.text('version') !== String(template.version)) {
      errors.push({ field: '', message: OVERTAKEN });
      draft.values = { ...form.values, version: String(template.version) };
    }
    if (errors.length > 0) return editor(reply, service, draft, errors);
    const actor = page.actor(request);
    try {
      await changeTemplate(ctx, service, template.id, fieldsOf(form, type), await userOfActor(ctx, actor));
      await auditTemplate(ctx, actor, template, 'changed');
      return page.redirect(reply, templatePath(service, template), 'The template is saved');
    } catch (error) {
      return editor(reply, service, draft, [refusal(error)]);
    }
  });
}

const OVERTAKEN = 'Somebody has saved the template since you opened it. Compare, then save again';

/** What a template has that its channel knows nothing of. */
const NO_FIELDS = {
  subject: null,
  postage: null,
  welsh: null,
  letterContactId: null,
  hasUnsubscribeLink: false,
};

/** The fields of the form that a template of this channel has. */
function fieldsOf(form: FormFields, type: NotificationType) {
  return {
    name: form.text('name'),
    content: withoutReturns(form.raw('content')),
    ...(type === 'sms' ? {} : { subject: form.text('subject') }),
    ...(type === 'email' ? { hasUnsubscribeLink: form.text('unsubscribe') === 'yes' } : {}),
    ...(type === 'letter'
      ? {
          postage: postageOf(form),
          letterContactId: readUuid(form.text('contact')) ?? null,
          welsh: welshOf(form),
        }
      : {}),
  };
}

function draftOf(template: EditableTemplate): Draft {
  return {
    type: template.template_type,
    template,
    content: template.content,
    values: {
      name: template.name,
      subject: template.subject ?? '',
      postage: template.postage ?? 'second',
      contact: template.letter_contact_id ?? '',
      welsh_subject: template.letter_welsh_subject ?? '',
      welsh_content: template.letter_welsh_content ?? '',
      unsubscribe: template.has_unsubscribe_link ? 'yes' : '',
      version: String(template.version),
    },
  };
}

async function editorData(ctx: NotifyContext, service: ServiceRecord, draft: Draft) {
  const { type, values, template } = draft;
  const content = withoutReturns(draft.content ?? '');
  const before = template && { subject: template.subject, content: template.content };
  const shown = {
    type,
    subject: values.subject ?? '',
    content,
    letter_contact_id: values.contact ?? null,
    letter_welsh_subject: values.welsh_subject || null,
    letter_welsh_content: values.welsh_content ? withoutReturns(values.welsh_content) : null,
  };
  return {
    title: `${template ? `Edit ${template.name}` : 'New template'} – ${service.name}`,
    service,
    type,
    template,
    form: { ...values, content },
    contacts: type === 'letter' ? await listSenderRows(ctx.db.kysely, 'letter_contacts', service.id) : [],
    difference: before && compareTemplates(before, { subject: values.subject ?? null, content }),
    preview: content.trim() === '' ? undefined : await previewOfDraft(ctx, service, shown),
  };
}

function typeOf(text: string): NotificationType {
  return TYPES.find((type) => type === text) ?? 'email';
}

function postageOf(form: FormFields): string {
  return ['first', 'second', 'economy'].find((one) => one === form.text('postage')) ?? 'second';
}

/** Null for a letter in English alone. */
function welshOf(form: FormFields): WelshText | null {
  const content = withoutReturns(form.raw('welsh_content'));
  return content.trim() === '' ? null : { subject: form.text('welsh_subject'), content };
}

function findFaults(form: FormFields, type: NotificationType): FieldError[] {
  const errors: FieldError[] = [];
  if (form.text('name') === '') errors.push({ field: 'name', message: 'Enter a name' });
  if (type !== 'sms' && form.text('subject') === '') {
    errors.push({ field: 'subject', message: type === 'email' ? 'Enter a subject' : 'Enter a heading' });
  }
  if (form.raw('content').trim() === '') errors.push({ field: 'content', message: 'Enter a message' });
  const [subject, content] = [form.text('welsh_subject'), form.raw('welsh_content').trim()];
  if (subject === '' && content !== '')
    errors.push({ field: 'welsh_subject', message: 'Enter a heading in Welsh' });
  if (subject !== '' && content === '')
    errors.push({ field: 'welsh_content', message: 'Enter a message in Welsh' });
  return errors;
}

/** Browsers send line ends as two characters. */
function withoutReturns(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/** What the module refuses to save is told beside the message; anything else is a fault. */
function refusal(error: unknown): FieldError {
  if (!(error instanceof TemplateRefusal)) throw error;
  const isCode = error.message === 'qr-code-too-long';
  return {
    field: 'content',
    message: isCode ? 'A QR code of the letter holds too much text' : error.message,
  };
}
