import type { NotifyContext } from '../context.ts';
import { TemplateRefusal } from './edit-template.ts';
import {
  type FolderRow,
  findFolder,
  findOwnTemplates,
  listFolders,
  lockFolders,
  moveFolders,
  moveTemplates,
} from './folder-queries.ts';

/** Moves templates and folders into a folder, or to the top, all of them or none: internals section 3.4.7. */
export async function moveToFolder(
  ctx: NotifyContext,
  move: { serviceId: string; target: string | null; templates: string[]; folders: string[] },
): Promise<boolean> {
  const { serviceId, target } = move;
  const isThere = await ctx.db.kysely.transaction().execute(async (trx) => {
    await lockFolders(trx, serviceId);
    if (target !== null && !(await findFolder(trx, serviceId, target))) return false;
    checkFolders(await listFolders(trx, serviceId), move);
    const own = await findOwnTemplates(trx, serviceId, move.templates);
    const missing = move.templates.find((id) => !own.includes(id));
    if (missing !== undefined) {
      throw new TemplateRefusal(
        400,
        `Could not move to folder: No template found with id ${missing} for service ${serviceId}`,
      );
    }
    await moveFolders(trx, { ids: move.folders, parentId: target, now: ctx.clock.now() });
    await moveTemplates(trx, { ids: move.templates, folderId: target });
    return true;
  });
  ctx.templates.clear();
  return isThere;
}

function checkFolders(
  all: FolderRow[],
  { serviceId, target, folders }: { serviceId: string; target: string | null; folders: string[] },
): void {
  for (const id of folders) {
    if (id === target) throw new TemplateRefusal(400, 'You cannot move a folder to itself');
    if (!all.some((folder) => folder.id === id)) {
      throw new TemplateRefusal(400, `No folder found with id ${id} for service ${serviceId}`);
    }
    if (pathTo(all, target).some((folder) => folder.id === id)) {
      throw new TemplateRefusal(400, 'You cannot move a folder to one of its subfolders');
    }
  }
}

/** A folder and those around it, the outermost first. */
export function pathTo(all: readonly FolderRow[], id: string | null): FolderRow[] {
  const path: FolderRow[] = [];
  let next = id;
  while (next !== null && path.length < all.length) {
    const folder = all.find((one) => one.id === next);
    if (!folder) break;
    path.unshift(folder);
    next = folder.parent_id;
  }
  return path;
}
