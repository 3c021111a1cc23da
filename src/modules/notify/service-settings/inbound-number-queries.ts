import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/**
 * Gives a free number to a service: the named one, or any. Undefined when there is none; of two services that want one
 * number, one gets it.
 */
export async function takeNumber(
  handle: Handle,
  wanted: { serviceId: string; numberId: string | undefined; now: Date },
): Promise<{ id: string; number: string } | undefined> {
  const { serviceId, numberId, now } = wanted;
  const { rows } = await sql<{ id: string; number: string }>`
    update notify.inbound_numbers n set service_id = ${serviceId}, updated_at = ${now}
    where n.active and n.service_id is null and n.id = (
      select f.id from notify.inbound_numbers f
      where f.active and f.service_id is null ${numberId === undefined ? sql`` : sql`and f.id = ${numberId}`}
      order by f.updated_at nulls first, f.created_at, f.id limit 1 for update skip locked)
    returning n.id, n.number`.execute(handle);
  return rows[0];
}

export async function hasNumber(handle: Handle, serviceId: string): Promise<boolean> {
  const { rows } = await sql`select 1 from notify.inbound_numbers where service_id = ${serviceId}`.execute(
    handle,
  );
  return rows.length > 0;
}

/** Texts to it are refused from now on; it stays the service's. */
export async function switchNumberOff(handle: Handle, serviceId: string, now: Date): Promise<void> {
  await sql`
    update notify.inbound_numbers set active = false, updated_at = ${now} where service_id = ${serviceId}`.execute(
    handle,
  );
}

/** Back to the pool, or out of use for good. */
export async function releaseNumber(
  handle: Handle,
  serviceId: string,
  options: { isArchived: boolean; now: Date },
): Promise<void> {
  await sql`
    update notify.inbound_numbers set service_id = null, active = ${!options.isArchived}, updated_at = ${options.now}
    where service_id = ${serviceId}`.execute(handle);
}

/** A sender that is a received-texts number. */
export async function turnIntoNumber(
  handle: Handle,
  senderId: string,
  number: { id: string; number: string },
  now: Date,
): Promise<void> {
  await sql`
    update notify.sms_senders
    set sms_sender = ${number.number}, inbound_number_id = ${number.id}, is_default = true, updated_at = ${now}
    where id = ${senderId}`.execute(handle);
}

export async function deleteNumberSenders(handle: Handle, serviceId: string): Promise<void> {
  await sql`
    delete from notify.sms_senders where service_id = ${serviceId} and inbound_number_id is not null`.execute(
    handle,
  );
}

/** The oldest sender becomes the default where there is none; false when there is no sender at all. */
export async function ensureDefaultSender(handle: Handle, serviceId: string, now: Date): Promise<boolean> {
  await sql`
    update notify.sms_senders set is_default = true, updated_at = ${now}
    where id = (
      select id from notify.sms_senders where service_id = ${serviceId} and not archived
      order by is_default desc, created_at, id limit 1) and not is_default`.execute(handle);
  const { rows } = await sql`
    select 1 from notify.sms_senders where service_id = ${serviceId} and not archived limit 1`.execute(
    handle,
  );
  return rows.length > 0;
}

export async function dropPermission(handle: Handle, serviceId: string, permission: string): Promise<void> {
  await sql`
    update notify.services set permissions = array_remove(permissions, ${permission}) where id = ${serviceId}`.execute(
    handle,
  );
}
