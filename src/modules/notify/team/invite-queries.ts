import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface InviteRow {
  id: string;
  service_id: string;
  from_user_id: string;
  email_address: string;
  status: string;
  permissions: string;
  auth_type: string;
  folder_permissions: string[];
  created_at: Date;
}

const COLUMNS = sql.raw(
  `id, service_id, from_user_id, email_address, status, permissions, auth_type, folder_permissions, created_at`,
);

/** Newest first. */
export async function listInvites(handle: Handle, serviceId: string): Promise<InviteRow[]> {
  const { rows } = await sql<InviteRow>`
    select ${COLUMNS} from notify.invited_users where service_id = ${serviceId} order by created_at desc, id`.execute(
    handle,
  );
  return rows;
}

export async function findInvite(handle: Handle, id: string): Promise<InviteRow | undefined> {
  const { rows } = await sql<InviteRow>`
    select ${COLUMNS} from notify.invited_users where id = ${id}`.execute(handle);
  return rows[0];
}

export async function insertInvite(
  handle: Handle,
  invite: Omit<InviteRow, 'status' | 'created_at'>,
  now: Date,
): Promise<void> {
  await sql`
    insert into notify.invited_users (id, service_id, from_user_id, email_address, permissions, auth_type,
      folder_permissions, created_at)
    values (${invite.id}, ${invite.service_id}, ${invite.from_user_id}, ${invite.email_address},
      ${invite.permissions}, ${invite.auth_type}, ${invite.folder_permissions}::uuid[], ${now})`.execute(
    handle,
  );
}

export async function updateInvite(
  handle: Handle,
  id: string,
  changes: { status: string | undefined; authType: string | undefined },
): Promise<void> {
  await sql`
    update notify.invited_users
    set status = coalesce(${changes.status ?? null}::text, status),
      auth_type = coalesce(${changes.authType ?? null}::text, auth_type)
    where id = ${id}`.execute(handle);
}

export interface OrganisationInviteRow {
  id: string;
  organisation_id: string;
  invited_by_id: string;
  email_address: string;
  status: string;
  permissions: string[];
  created_at: Date;
}

const ORGANISATION_COLUMNS = sql.raw(
  'id, organisation_id, invited_by_id, email_address, status, permissions, created_at',
);

export async function listOrganisationInvites(
  handle: Handle,
  organisationId: string,
): Promise<OrganisationInviteRow[]> {
  const { rows } = await sql<OrganisationInviteRow>`
    select ${ORGANISATION_COLUMNS} from notify.invited_organisation_users
    where organisation_id = ${organisationId} order by created_at desc, id`.execute(handle);
  return rows;
}

export async function findOrganisationInvite(
  handle: Handle,
  id: string,
): Promise<OrganisationInviteRow | undefined> {
  const { rows } = await sql<OrganisationInviteRow>`
    select ${ORGANISATION_COLUMNS} from notify.invited_organisation_users where id = ${id}`.execute(handle);
  return rows[0];
}

export async function insertOrganisationInvite(
  handle: Handle,
  invite: Omit<OrganisationInviteRow, 'status' | 'created_at'>,
  now: Date,
): Promise<void> {
  await sql`
    insert into notify.invited_organisation_users (id, organisation_id, invited_by_id, email_address, permissions,
      created_at)
    values (${invite.id}, ${invite.organisation_id}, ${invite.invited_by_id}, ${invite.email_address},
      ${invite.permissions}::text[], ${now})`.execute(handle);
}

export async function setOrganisationInviteStatus(handle: Handle, id: string, status: string): Promise<void> {
  await sql`update notify.invited_organisation_users set status = ${status} where id = ${id}`.execute(handle);
}
