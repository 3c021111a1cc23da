import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { answerJson } from '../routes/answers.ts';
import {
  deleteFolder,
  findFolder,
  insertFolder,
  listFolders,
  renameFolder,
  replaceFolderUsers,
} from '../template-editing/folder-queries.ts';
import { moveToFolder } from '../template-editing/folders.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { idOf } from './requests.ts';
import { serviceOf } from './service-routes.ts';
import { refusing } from './template-routes.ts';

const BASE = '/service/:serviceId/template-folder';
const NAME = {
  kind: 'text',
  required: true,
  check: (value: string) => (value.trim() ? undefined : 'Field may not be blank.'),
} as const;

/** Folders of templates: internals section 3.4.7. */
export function folderRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  const folderOf = async (request: FastifyRequest) => {
    const folder = await findFolder(kysely, idOf(request, 'serviceId'), idOf(request, 'folderId'));
    if (!folder) throw noResult();
    return folder;
  };
  return async (app) => {
    app.get(BASE, { schema: { summary: 'Folders of templates' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      return answerJson(reply, 200, { template_folders: await listFolders(kysely, service.id) });
    });
    app.post(BASE, { schema: { summary: 'Create a folder' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const fields = readFields(readBody(request), {
        name: NAME,
        parent_id: { kind: 'uuid', required: true, nullable: true },
      });
      const id = randomUUID();
      await kysely.transaction().execute(async (trx) => {
        if (fields.parent_id !== null && !(await findFolder(trx, service.id, fields.parent_id))) {
          throw refusal(400, 'parent_id not found');
        }
        await insertFolder(trx, {
          id,
          serviceId: service.id,
          name: fields.name.trim(),
          parentId: fields.parent_id,
          now: ctx.clock.now(),
        });
      });
      return answerJson(reply, 201, { data: await findFolder(kysely, service.id, id) });
    });
    app.post(`${BASE}/:folderId`, { schema: { summary: 'Change a folder' } }, async (request, reply) => {
      const folder = await folderOf(request);
      const fields = readFields(readBody(request), {
        name: NAME,
        users_with_permission: { kind: 'uuids' },
      });
      await kysely.transaction().execute(async (trx) => {
        await renameFolder(trx, folder.id, fields.name.trim(), ctx.clock.now());
        if (fields.users_with_permission === undefined) return;
        const place = { id: folder.id, serviceId: folder.service_id };
        await replaceFolderUsers(trx, place, fields.users_with_permission);
      });
      return answerJson(reply, 200, { data: await folderOf(request) });
    });
    app.delete(
      `${BASE}/:folderId`,
      { schema: { summary: 'Delete an empty folder' } },
      async (request, reply) => {
        const folder = await folderOf(request);
        if (!(await deleteFolder(kysely, folder.id))) throw refusal(400, 'Folder is not empty');
        return reply.code(204).send();
      },
    );
    for (const path of [`${BASE}/contents`, `${BASE}/:folderId/contents`]) {
      app.post(path, { schema: { summary: 'Move templates and folders' } }, async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const target = path.includes(':folderId') ? idOf(request, 'folderId') : null;
        const { templates, folders } = readFields(readBody(request), {
          templates: { kind: 'uuids', required: true },
          folders: { kind: 'uuids', required: true },
        });
        const move = { serviceId: service.id, target, templates, folders };
        if (!(await refusing(() => moveToFolder(ctx, move)))) throw noResult();
        return reply.code(204).send();
      });
    }
  };
}
