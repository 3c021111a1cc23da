import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export const USER_PERMISSIONS = [
  'manage_users',
  'manage_templates',
  'manage_settings',
  'send_texts',
  'send_emails',
  'send_letters',
  'manage_api_keys',
  'platform_admin',
  'view_activity',
] as const;

/** Returns false for somebody who is a member already. */
export async function insertMember(handle: Handle, serviceId: string, userId: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into notify.user_to_service (service_id, user_id) values (${serviceId}, ${userId})
    on conflict do nothing`.execute(handle);
  return numAffectedRows === 1n;
}

export async function isMember(handle: Handle, serviceId: string, userId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from notify.user_to_service where service_id = ${serviceId} and user_id = ${userId}`.execute(
    handle,
  );
  return rows.length > 0;
}

export async function deleteMember(handle: Handle, serviceId: string, userId: string): Promise<boolean> {
  await sql`
    delete from notify.user_permissions where service_id = ${serviceId} and user_id = ${userId}`.execute(
    handle,
  );
  const { numAffectedRows } = await sql`
    delete from notify.user_to_service where service_id = ${serviceId} and user_id = ${userId}`.execute(
    handle,
  );
  return numAffectedRows === 1n;
}

export async function replacePermissions(
  handle: Handle,
  member: { serviceId: string; userId: string },
  permissions: readonly string[],
): Promise<void> {
  await sql`
    delete from notify.user_permissions
    where service_id = ${member.serviceId} and user_id = ${member.userId}`.execute(handle);
  await sql`
    insert into notify.user_permissions (service_id, user_id, permission)
    select ${member.serviceId}::uuid, ${member.userId}::uuid, permission
    from unnest(${[...permissions]}::text[]) as permission
    on conflict do nothing`.execute(handle);
}

/** Folders that are not the service's are left out; returns how many were granted. */
export async function replaceFolderPermissions(
  handle: Handle,
  member: { serviceId: string; userId: string },
  folderIds: readonly string[],
): Promise<number> {
  await sql`
    delete from notify.user_folder_permissions
    where service_id = ${member.serviceId} and user_id = ${member.userId}`.execute(handle);
  const { numAffectedRows } = await sql`
    insert into notify.user_folder_permissions (service_id, user_id, template_folder_id)
    select ${member.serviceId}::uuid, ${member.userId}::uuid, f.id
    from notify.template_folders f
    where f.service_id = ${member.serviceId} and f.id = any(${[...folderIds]}::uuid[])
    on conflict do nothing`.execute(handle);
  return Number(numAffectedRows ?? 0n);
}

export interface Manager {
  user_id: string;
  email_address: string;
  has_manage_settings: boolean;
}

/** The active members of a service, locked with it: whoever counts them may then remove one. */
export async function lockMembers(handle: Handle, serviceId: string): Promise<Manager[]> {
  await sql`select 1 from notify.services where id = ${serviceId} for update`.execute(handle);
  const { rows } = await sql<Manager>`
    select u.id as user_id, u.email_address, exists (
      select 1 from notify.user_permissions p
      where p.user_id = u.id and p.service_id = m.service_id and p.permission = 'manage_settings'
    ) as has_manage_settings
    from notify.user_to_service m join notify.users u on u.id = m.user_id
    where m.service_id = ${serviceId} and u.state = 'active'`.execute(handle);
  return rows;
}

export async function findTrialState(
  handle: Handle,
  serviceId: string,
): Promise<{ restricted: boolean; has_active_go_live_request: boolean } | undefined> {
  const { rows } = await sql<{ restricted: boolean; has_active_go_live_request: boolean }>`
    select restricted, has_active_go_live_request from notify.services where id = ${serviceId}`.execute(
    handle,
  );
  return rows[0];
}

/** Those of `domains` that an organisation has. */
export async function findKnownDomains(handle: Handle, domains: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ domain: string }>`
    select domain from notify.organisation_domains where domain = any(${[...domains]}::text[])`.execute(
    handle,
  );
  return rows.map(({ domain }) => domain);
}
