import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface FolderRow {
  id: string;
  name: string;
  parent_id: string | null;
  service_id: string;
  users_with_permission: string[];
}

const COLUMNS = sql`f.id, f.name, f.parent_id, f.service_id,
  array(
    select p.user_id from notify.user_folder_permissions p where p.template_folder_id = f.id order by p.user_id
  ) as users_with_permission`;

export async function listFolders(handle: Handle, serviceId: string): Promise<FolderRow[]> {
  const { rows } = await sql<FolderRow>`
    select ${COLUMNS} from notify.template_folders f where f.service_id = ${serviceId} order by f.name, f.id`.execute(
    handle,
  );
  return rows;
}

export async function findFolder(
  handle: Handle,
  serviceId: string,
  id: string,
): Promise<FolderRow | undefined> {
  const { rows } = await sql<FolderRow>`
    select ${COLUMNS} from notify.template_folders f where f.id = ${id} and f.service_id = ${serviceId}`.execute(
    handle,
  );
  return rows[0];
}

/** Seen by whoever sees its parent; at the top by all active members. */
export async function insertFolder(
  handle: Handle,
  folder: { id: string; serviceId: string; name: string; parentId: string | null; now: Date },
): Promise<void> {
  await sql`
    insert into notify.template_folders (id, service_id, name, parent_id, created_at)
    values (${folder.id}, ${folder.serviceId}, ${folder.name}, ${folder.parentId}, ${folder.now})`.execute(
    handle,
  );
  const members =
    folder.parentId === null
      ? sql`select m.user_id from notify.user_to_service m join notify.users u on u.id = m.user_id
          where m.service_id = ${folder.serviceId} and u.state = 'active'`
      : sql`select user_id from notify.user_folder_permissions where template_folder_id = ${folder.parentId}`;
  await sql`
    insert into notify.user_folder_permissions (user_id, service_id, template_folder_id)
    select user_id, ${folder.serviceId}::uuid, ${folder.id}::uuid from (${members}) m`.execute(handle);
}

export async function renameFolder(handle: Handle, id: string, name: string, now: Date): Promise<void> {
  await sql`update notify.template_folders set name = ${name}, updated_at = ${now} where id = ${id}`.execute(
    handle,
  );
}

/** Those who are no members are left out. */
export async function replaceFolderUsers(
  handle: Handle,
  folder: { id: string; serviceId: string },
  userIds: readonly string[],
): Promise<void> {
  await sql`delete from notify.user_folder_permissions where template_folder_id = ${folder.id}`.execute(
    handle,
  );
  await sql`
    insert into notify.user_folder_permissions (user_id, service_id, template_folder_id)
    select user_id, service_id, ${folder.id}::uuid from notify.user_to_service
    where service_id = ${folder.serviceId} and user_id = any(${[...userIds]}::uuid[])`.execute(handle);
}

/** Returns false for a folder that still has something in it. */
export async function deleteFolder(handle: Handle, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from notify.template_folders f
    where f.id = ${id} and not exists (select 1 from notify.templates t where t.folder_id = f.id)
      and not exists (select 1 from notify.template_folders c where c.parent_id = f.id)`.execute(handle);
  return numAffectedRows === 1n;
}

export async function moveFolders(
  handle: Handle,
  move: { ids: readonly string[]; parentId: string | null; now: Date },
): Promise<void> {
  await sql`
    update notify.template_folders set parent_id = ${move.parentId}, updated_at = ${move.now}
    where id = any(${[...move.ids]}::uuid[])`.execute(handle);
}

/** Archived templates stay where they are: nowhere. */
export async function moveTemplates(
  handle: Handle,
  move: { ids: readonly string[]; folderId: string | null },
): Promise<void> {
  await sql`
    update notify.templates set folder_id = ${move.folderId}
    where id = any(${[...move.ids]}::uuid[]) and not archived`.execute(handle);
}

/** Those of `ids` that are templates of the service. */
export async function findOwnTemplates(
  handle: Handle,
  serviceId: string,
  ids: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from notify.templates
    where service_id = ${serviceId} and not hidden and id = any(${[...ids]}::uuid[])`.execute(handle);
  return rows.map(({ id }) => id);
}

export async function lockFolders(handle: Handle, serviceId: string): Promise<void> {
  await sql`select 1 from notify.services where id = ${serviceId} for update`.execute(handle);
}
