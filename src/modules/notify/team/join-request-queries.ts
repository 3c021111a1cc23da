import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface JoinRequestRow {
  id: string;
  service_id: string;
  created_at: Date;
  status: string;
  status_changed_at: Date | null;
  status_changed_by: { id: string; name: string } | null;
  reason: string | null;
  contacted_user_ids: string[];
  requester: { id: string; name: string; email_address: string; belongs_to_service: string[] };
}

export async function findJoinRequest(
  handle: Handle,
  serviceId: string,
  id: string,
): Promise<JoinRequestRow | undefined> {
  const { rows } = await sql<JoinRequestRow>`
    select j.id, j.service_id, j.created_at, j.status, j.status_changed_at, j.reason, j.contacted_user_ids,
      case when c.id is null then null else json_build_object('id', c.id, 'name', c.name) end as status_changed_by,
      json_build_object('id', u.id, 'name', u.name, 'email_address', u.email_address, 'belongs_to_service',
        array(select m.service_id from notify.user_to_service m where m.user_id = u.id order by m.service_id)
      ) as requester
    from notify.service_join_requests j
      join notify.users u on u.id = j.requester_id
      left join notify.users c on c.id = j.status_changed_by_id
    where j.id = ${id} and j.service_id = ${serviceId}`.execute(handle);
  return rows[0];
}

/** Whoever decides waits for whoever decided before; returns the state it was left in. */
export async function lockJoinRequest(handle: Handle, id: string): Promise<string | undefined> {
  const { rows } = await sql<{ status: string }>`
    select status from notify.service_join_requests where id = ${id} for update`.execute(handle);
  return rows[0]?.status;
}

export async function insertJoinRequest(
  handle: Handle,
  request: {
    id: string;
    serviceId: string;
    requesterId: string;
    contactedIds: readonly string[];
    reason: string | null;
    now: Date;
  },
): Promise<void> {
  await sql`
    insert into notify.service_join_requests (id, service_id, requester_id, contacted_user_ids, reason, created_at)
    values (${request.id}, ${request.serviceId}, ${request.requesterId}, ${[...request.contactedIds]}::uuid[],
      ${request.reason}, ${request.now})`.execute(handle);
}

export async function setJoinRequestStatus(
  handle: Handle,
  change: { id: string; status: string; changedById: string; reason: string | null | undefined; now: Date },
): Promise<void> {
  await sql`
    update notify.service_join_requests
    set status = ${change.status}, status_changed_at = ${change.now}, status_changed_by_id = ${change.changedById}
      ${change.reason === undefined ? sql`` : sql`, reason = ${change.reason}`}
    where id = ${change.id}`.execute(handle);
}

/** Who is a member waits no more. */
export async function cancelOtherRequests(
  handle: Handle,
  change: { id: string; serviceId: string; requesterId: string; changedById: string; now: Date },
): Promise<void> {
  await sql`
    update notify.service_join_requests
    set status = 'cancelled', status_changed_at = ${change.now}, status_changed_by_id = ${change.changedById}
    where service_id = ${change.serviceId} and requester_id = ${change.requesterId} and status = 'pending'
      and id <> ${change.id}`.execute(handle);
}

export interface ServiceManager {
  id: string;
  name: string;
  email_address: string;
}

/** Those of `ids` who are active members and manage the service's settings. */
export async function findManagers(
  handle: Handle,
  serviceId: string,
  ids: readonly string[],
): Promise<ServiceManager[]> {
  const { rows } = await sql<ServiceManager>`
    select u.id, u.name, u.email_address
    from notify.user_to_service m
      join notify.users u on u.id = m.user_id
      join notify.user_permissions p
        on p.user_id = u.id and p.service_id = m.service_id and p.permission = 'manage_settings'
    where m.service_id = ${serviceId} and u.state = 'active' and u.id = any(${[...ids]}::uuid[])
    order by u.name, u.id`.execute(handle);
  return rows;
}
