import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FieldError, PageTools } from '#platform/console';
import { HttpError } from '#platform/http';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { changeTemplate } from '../template-editing/edit-template.ts';
import { deleteFolder, findFolder, insertFolder, listFolders } from '../template-editing/folder-queries.ts';
import { moveToFolder, pathTo } from '../template-editing/folders.ts';
import {
  findFormerVersion,
  listEditable,
  listFormerVersions,
} from '../template-editing/template-edit-queries.ts';
import { archiveFilesOf } from '../template-files/live-files.ts';
import { listTemplateFiles } from '../template-files/template-file-queries.ts';
import { compareTemplates } from '../templates/template-difference.ts';
import { idIn, serviceIn, servicePath, userOfActor } from './access.ts';
import { auditTemplate, templateIn, templatePath } from './template-access.ts';
import { allowPreview, previewOfDraft } from './template-preview.ts';

const views = {
  list: new URL('./templates.njk', import.meta.url),
  template: new URL('./template.njk', import.meta.url),
};

/** Templates in their folders, each with its versions. */
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

  app.get('/services/:serviceId/templates/:templateId', async (request, reply) => {
    const service = await serviceIn(ctx, request);
    const newest = await templateIn(ctx, request, service);
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
      preview: await previewOfDraft(ctx, service, { ...shown, type: shown.template_type }),
      folders: await listFolders(kysely, service.id),
    });
  });

  app.post(
    '/services/:serviceId/templates/:templateId/move',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const template = await templateIn(ctx, request, service);
      const target = readUuid(page.readForm(request).text('folder')) ?? null;
      const move = { serviceId: service.id, target, templates: [template.id], folders: [] };
      if (!(await moveToFolder(ctx, move))) throw new HttpError(404, 'not_found', 'There is no such folder');
      return page.redirect(reply, templatePath(service, template), 'The template is moved');
    },
  );

  app.post(
    '/services/:serviceId/templates/:templateId/archive',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const template = await templateIn(ctx, request, service);
      const actor = page.actor(request);
      const editor = await userOfActor(ctx, actor);
      await changeTemplate(ctx, service, template.id, { archived: true }, editor);
      const files = await listTemplateFiles(kysely, template.id, { pending: true });
      const ids = files.map(({ id }) => id);
      await archiveFilesOf(ctx, template, ids, editor.id);
      await auditTemplate(ctx, actor, template, 'archived');
      return page.redirect(reply, servicePath(service, '/templates'), 'The template is archived');
    },
  );
}
