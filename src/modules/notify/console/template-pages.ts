import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FieldError, FormFields, PageTools } from '#platform/console';
import { HttpError } from '#platform/http';
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
import { deleteFolder, findFolder, insertFolder, listFolders } from '../template-editing/folder-queries.ts';
import { moveToFolder, pathTo } from '../template-editing/folders.ts';
import {
  type EditableTemplate,
  findEditable,
  findFormerVersion,
  listEditable,
  listFormerVersions,
} from '../template-editing/template-edit-queries.ts';
import { archiveFilesOf } from '../template-files/live-files.ts';
import { listTemplateFiles } from '../template-files/template-file-queries.ts';
import { compareTemplates } from '../templates/template-difference.ts';
import { audit, idIn, serviceIn, servicePath, userOfActor } from './access.ts';
import { allowPreview, previewOf } from './template-preview.ts';

const views = {
  list: new URL('./templates.njk', import.meta.url),
  template: new URL('./template.njk', import.meta.url),
  edit: new URL('./edit-template.njk', import.meta.url),
};
const TYPES: readonly NotificationType[] = ['email', 'sms', 'letter'];

/** Templates in their folders, with their versions, and the editor that shows what recipients will see. */
export function registerTemplatePages(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  const { kysely } = ctx.db;
  const showFolder = async (request: FastifyRequest, reply: FastifyReply, errors: FieldError[] = []) => {
    const service = await serviceIn(ctx, request);
    const folders = await listFolders(kysely, service.id);
    const wanted = page.readQuery(request).text('folder') || page.readForm(request).text('folder');
    const folder = folders.find(({ id }) => id === wanted);
    const here = folder?.id ?? null;
    const templates = await listEditable(kysely, service.id);
    const data = {
      title: `Templates – ${service.name}`,
      service,
      folder,
      path: pathTo(folders, here).slice(0, -1),
      folders: folders.filter(({ parent_id: parent }) => parent === here),
      allFolders: folders,
      templates: templates.filter(({ folder_id: id }) => id === here),
      form: page.readForm(request).values,
    };
    return errors.length > 0
      ? page.renderInvalid(reply, views.list, data, errors)
      : page.render(reply, views.list, data);
  };
  app.get('/services/:serviceId/templates', async (request, reply) => showFolder(request, reply));

  app.post(
    '/services/:serviceId/folders',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const form = page.readForm(request);
      const name = form.text('name');
      if (name === '') return showFolder(request, reply, [{ field: 'name', message: 'Enter a name' }]);
      const parentId = readUuid(form.text('folder')) ?? null;
      if (parentId !== null && !(await findFolder(kysely, service.id, parentId))) {
        throw new HttpError(404, 'not_found', 'There is no such folder');
      }
      const folder = { id: randomUUID(), serviceId: service.id, name, parentId, now: ctx.clock.now() };
      await kysely.transaction().execute((trx) => insertFolder(trx, folder));
      return page.redirect(
        reply,
        servicePath(service, `/templates?folder=${folder.id}`),
        'The folder is there',
      );
    },
  );

  app.post(
    '/services/:serviceId/folders/:folderId/delete',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const folder = await findFolder(kysely, service.id, idIn(request, 'folderId'));
      if (!folder) throw new HttpError(404, 'not_found', 'There is no such folder');
      if (!(await deleteFolder(kysely, folder.id))) {
        const message = { kind: 'notice', text: 'The folder is not empty' } as const;
        return page.redirect(reply, servicePath(service, `/templates?folder=${folder.id}`), message);
      }
      const up = folder.parent_id === null ? '' : `?folder=${folder.parent_id}`;
      return page.redirect(reply, servicePath(service, `/templates${up}`), 'The folder is gone');
    },
  );

  app.get('/services/:serviceId/templates/new', async (request, reply) => {
    const service = await serviceIn(ctx, request);
    const query = page.readQuery(request);
    const type = typeOf(query.text('type'));
    return editor(reply, service, { type, values: { folder: query.text('folder') } });
  });

  app.post(
    '/services/:serviceId/templates',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const form = page.readForm(request);
      const type = typeOf(form.text('type'));
      const draft = { type, values: form.values, content: form.raw('content') };
      const errors = findFaults(form, type);
      if (form.text('do') === 'preview') return editor(reply, service, draft);
      if (errors.length > 0) return editor(reply, service, draft, errors);
      const actor = page.actor(request);
      try {
        const template = {
          type,
          name: form.text('name'),
          content: withoutReturns(form.raw('content')),
          subject: type === 'sms' ? null : form.text('subject'),
          postage: type === 'letter' ? postageOf(form) : null,
          welsh: type === 'letter' ? welshOf(form) : null,
          folderId: readUuid(form.text('folder')) ?? null,
          hasUnsubscribeLink: form.text('unsubscribe') === 'yes',
          letterContactId: readUuid(form.text('contact')) ?? null,
        };
        const made = await createTemplate(ctx, service, template, await userOfActor(ctx, actor));
        await audit(ctx, actor, { action: 'notify_template.created', target: `notify_template:${made.id}` });
        return page.redirect(reply, servicePath(service, `/templates/${made.id}`), 'The template is saved');
      } catch (error) {
        if (!(error instanceof TemplateRefusal)) throw error;
        return editor(reply, service, draft, [{ field: 'content', message: wordsFor(error) }]);
      }
    },
  );

  const templateIn = async (request: FastifyRequest, service: ServiceRecord): Promise<EditableTemplate> => {
    const template = await findEditable(kysely, service.id, idIn(request, 'templateId'));
    if (!template) throw new HttpError(404, 'not_found', 'The service has no template with this id');
    return template;
  };

  app.get('/services/:serviceId/templates/:templateId', async (request, reply) => {
    const service = await serviceIn(ctx, request);
    const newest = await templateIn(request, service);
    const query = page.readQuery(request);
    const number = /^\d{1,6}$/.test(query.text('version')) ? Number(query.text('version')) : newest.version;
    const shown =
      number === newest.version ? newest : await findFormerVersion(kysely, service.id, newest.id, number);
    if (!shown) throw new HttpError(404, 'not_found', 'The template has no such version');
    const versions = await listFormerVersions(kysely, service.id, newest.id);
    const before = versions.find(({ version }) => version === shown.version - 1);
    return page.render(allowPreview(reply), views.template, {
      title: `${newest.name} – ${service.name}`,
      service,
      template: newest,
      shown,
      versions,
      difference: before && compareTemplates(before, shown),
      preview: await preview(service, { ...shown, type: shown.template_type }),
      folders: await listFolders(kysely, service.id),
    });
  });

  app.get('/services/:serviceId/templates/:templateId/edit', async (request, reply) => {
    const service = await serviceIn(ctx, request);
    const template = await templateIn(request, service);
    return editor(reply, service, {
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
    });
  });

  app.post(
    '/services/:serviceId/templates/:templateId',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const template = await templateIn(request, service);
      const form = page.readForm(request);
      const type = template.template_type;
      const draft = { type, template, values: form.values, content: form.raw('content') };
      if (form.text('do') === 'preview') return editor(reply, service, draft);
      const errors = findFaults(form, type);
      if (form.text('version') !== String(template.version)) {
        errors.push({
          field: '',
          message: 'Somebody has saved the template since you opened it. Compare, then save again',
        });
        draft.values = { ...form.values, version: String(template.version) };
      }
      if (errors.length > 0) return editor(reply, service, draft, errors);
      const actor = page.actor(request);
      try {
        const changes = {
          name: form.text('name'),
          content: withoutReturns(form.raw('content')),
          ...(type === 'sms' ? {} : { subject: form.text('subject') }),
          ...(type === 'letter'
            ? {
                postage: postageOf(form),
                letterContactId: readUuid(form.text('contact')) ?? null,
                welsh: welshOf(form),
              }
            : {}),
          ...(type === 'email' ? { hasUnsubscribeLink: form.text('unsubscribe') === 'yes' } : {}),
        };
        await changeTemplate(ctx, service, template.id, changes, await userOfActor(ctx, actor));
        await audit(ctx, actor, {
          action: 'notify_template.changed',
          target: `notify_template:${template.id}`,
        });
        return page.redirect(
          reply,
          servicePath(service, `/templates/${template.id}`),
          'The template is saved',
        );
      } catch (error) {
        if (!(error instanceof TemplateRefusal)) throw error;
        return editor(reply, service, draft, [{ field: 'content', message: wordsFor(error) }]);
      }
    },
  );

  app.post(
    '/services/:serviceId/templates/:templateId/move',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const template = await templateIn(request, service);
      const target = readUuid(page.readForm(request).text('folder')) ?? null;
      const move = { serviceId: service.id, target, templates: [template.id], folders: [] };
      if (!(await moveToFolder(ctx, move))) throw new HttpError(404, 'not_found', 'There is no such folder');
      return page.redirect(reply, servicePath(service, `/templates/${template.id}`), 'The template is moved');
    },
  );

  app.post(
    '/services/:serviceId/templates/:templateId/archive',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const template = await templateIn(request, service);
      const actor = page.actor(request);
      const editor = await userOfActor(ctx, actor);
      await changeTemplate(ctx, service, template.id, { archived: true }, editor);
      const files = await listTemplateFiles(kysely, template.id, { pending: true });
      const ids = files.map(({ id }) => id);
      await archiveFilesOf(ctx, template, ids, editor.id);
      await audit(ctx, actor, {
        action: 'notify_template.archived',
        target: `notify_template:${template.id}`,
      });
      return page.redirect(reply, servicePath(service, '/templates'), 'The template is archived');
    },
  );

  async function preview(
    service: ServiceRecord,
    draft: {
      type: NotificationType;
      subject: string | null;
      content: string;
      letter_contact_id?: string | null;
      letter_welsh_subject?: string | null;
      letter_welsh_content?: string | null;
    },
  ) {
    const shown = await ctx.services.get(service.id);
    if (!shown) return undefined;
    const contact = shown.letterContacts.find(({ id }) => id === draft.letter_contact_id);
    return previewOf(ctx, shown, { ...draft, contactBlock: contact?.text ?? null }, {});
  }

  async function editor(
    reply: FastifyReply,
    service: ServiceRecord,
    draft: {
      type: NotificationType;
      values: Record<string, string>;
      content?: string;
      template?: EditableTemplate;
    },
    errors: FieldError[] = [],
  ): Promise<FastifyReply> {
    const { type, values, template } = draft;
    const content = withoutReturns(draft.content ?? '');
    const before = template && { subject: template.subject, content: template.content };
    const data = {
      title: `${template ? `Edit ${template.name}` : 'New template'} – ${service.name}`,
      service,
      type,
      template,
      form: { ...values, content },
      contacts: type === 'letter' ? await listSenderRows(kysely, 'letter_contacts', service.id) : [],
      difference: before && compareTemplates(before, { subject: values.subject ?? null, content }),
      preview:
        content.trim() === ''
          ? undefined
          : await preview(service, {
              type,
              subject: values.subject ?? '',
              content,
              letter_contact_id: values.contact ?? null,
              letter_welsh_subject: values.welsh_subject || null,
              letter_welsh_content: values.welsh_content ? withoutReturns(values.welsh_content) : null,
            }),
    };
    allowPreview(reply);
    return errors.length > 0
      ? page.renderInvalid(reply, views.edit, data, errors)
      : page.render(reply, views.edit, data);
  }
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

function wordsFor(error: TemplateRefusal): string {
  return error.message === 'qr-code-too-long' ? 'A QR code of the letter holds too much text' : error.message;
}
