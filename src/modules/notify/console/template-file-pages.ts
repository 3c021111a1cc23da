import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type FieldError, type FormFields, type PageTools, uploadedFile } from '#platform/console';
import { HttpError } from '#platform/http';
import type { NotifyContext } from '../context.ts';
import { BadRequestError } from '../errors.ts';
import type { ServiceRecord } from '../service-settings/service-record-queries.ts';
import type { EditableTemplate } from '../template-editing/template-edit-queries.ts';
import { changeLiveFile, type FilePlace } from '../template-files/live-files.ts';
import { listTemplateFiles } from '../template-files/template-file-queries.ts';
import { addTemplateFile } from '../template-files/template-files.ts';
import { idIn, serviceIn, userOfActor } from './access.ts';
import { auditTemplate, templateIn, templatePath } from './template-access.ts';

const view = new URL('./template-files.njk', import.meta.url);
const LARGEST_BYTES = 2 * 1024 * 1024;
const MOST_WEEKS = 78;
const USUAL_WEEKS = 26;

/** Files that an email template links to: every recipient gets a link to a copy of their own. */
export function registerTemplateFilePages(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  const emailTemplateIn = async (request: FastifyRequest, service: ServiceRecord) => {
    const template = await templateIn(ctx, request, service);
    if (template.template_type === 'email') return template;
    throw new HttpError(404, 'not_found', 'There is no email template with this id');
  };
  const show = async (
    reply: FastifyReply,
    service: ServiceRecord,
    template: EditableTemplate,
    form?: FormFields,
    errors: FieldError[] = [],
  ) => {
    const data = {
      title: `Files of ${template.name} – ${service.name}`,
      service,
      template,
      files: await listTemplateFiles(ctx.db.kysely, template.id, { pending: false }),
      form: form?.values ?? { weeks: String(USUAL_WEEKS), confirm: 'yes' },
    };
    return errors.length > 0 ? page.renderInvalid(reply, view, data, errors) : page.render(reply, view, data);
  };
  app.get('/services/:serviceId/templates/:templateId/files', async (request, reply) => {
    const service = await serviceIn(ctx, request);
    return show(reply, service, await emailTemplateIn(request, service));
  });

  app.post(
    '/services/:serviceId/templates/:templateId/files',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const template = await emailTemplateIn(request, service);
      const form = page.readForm(request);
      const file = uploadedFile(request);
      const errors = findFaults(form, file);
      if (errors.length > 0 || !file) return show(reply, service, template, form, errors);
      const actor = page.actor(request);
      const editor = await userOfActor(ctx, actor);
      try {
        const added = await addTemplateFile(ctx, {
          serviceId: service.id,
          templateId: template.id,
          templateVersion: template.version,
          filename: file.name,
          linkText: form.text('link') || null,
          retentionWeeks: Number(form.text('weeks')),
          confirmsEmail: form.text('confirm') === 'yes',
          createdById: editor.id,
          content: new Uint8Array(await file.arrayBuffer()),
        });
        await changeLiveFile(ctx, placeOf(service, template, added.id), { pending: false });
      } catch (error) {
        if (!(error instanceof BadRequestError)) throw error;
        const message = 'The template has a file of this name already';
        return show(reply, service, template, form, [{ field: 'file', message }]);
      }
      await auditTemplate(ctx, actor, template, 'file_added');
      return page.redirect(
        reply,
        templatePath(service, template, '/files'),
        'The file is part of the template',
      );
    },
  );

  app.post(
    '/services/:serviceId/templates/:templateId/files/:fileId/remove',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const template = await emailTemplateIn(request, service);
      const actor = page.actor(request);
      const editor = await userOfActor(ctx, actor);
      const place = placeOf(service, template, idIn(request, 'fileId'));
      const removed = await changeLiveFile(ctx, place, { archived: { byId: editor.id } });
      if (!removed) throw new HttpError(404, 'not_found', 'The template has no such file');
      await auditTemplate(ctx, actor, template, 'file_removed');
      return page.redirect(
        reply,
        templatePath(service, template, '/files'),
        'The file is no longer part of the template',
      );
    },
  );
}

function placeOf(service: ServiceRecord, template: EditableTemplate, id: string): FilePlace {
  return { serviceId: service.id, templateId: template.id, id };
}

function findFaults(form: FormFields, file: File | undefined): FieldError[] {
  const errors: FieldError[] = [];
  if (!file || file.size === 0) {
    errors.push({ field: 'file', message: 'Choose a file' });
  } else if (file.size > LARGEST_BYTES) {
    errors.push({ field: 'file', message: 'The file must be smaller than 2 MB' });
  }
  const weeks = form.text('weeks');
  if (!/^\d{1,2}$/.test(weeks) || Number(weeks) < 1 || Number(weeks) > MOST_WEEKS) {
    errors.push({ field: 'weeks', message: `Enter a number of weeks from 1 to ${MOST_WEEKS}` });
  }
  return errors;
}
