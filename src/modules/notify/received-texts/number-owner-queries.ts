import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface OwnedNumber {
  id: string;
  number: string;
}

/** The number of a service, if it has one. */
export async function findNumberOf(handle: Handle, serviceId: string): Promise<OwnedNumber | undefined> {
  const { rows } = await sql<OwnedNumber>`
    select id, number from notify.inbound_numbers where service_id = ${serviceId}`.execute(handle);
  return rows[0];
}

/** Takes a free number, the given or the first one; undefined when another service was faster or none is free. */
export async function takeNumber(
  handle: Handle,
  of: { serviceId: string; numberId: string | undefined; now: Date },
): Promise<OwnedNumber | undefined> {
  const { rows } = await sql<OwnedNumber>`
    with free as (
      select id from notify.inbound_numbers
      where active and service_id is null ${of.numberId === undefined ? sql`` : sql`and id = ${of.numberId}`}
      order by created_at, id limit 1 for update skip locked
    )
    update notify.inbound_numbers n set service_id = ${of.serviceId}, updated_at = ${of.now} from free
    where n.id = free.id returning n.id, n.number`.execute(handle);
  return rows[0];
}

/** Out of use for now; it stays the service's. */
export async function switchNumberOff(handle: Handle, serviceId: string, now: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.inbound_numbers set active = false, updated_at = ${now}
    where service_id = ${serviceId}`.execute(handle);
  return (numAffectedRows ?? 0n) > 0n;
}

/** Back to those that are free, or out of use for good. */
export async function releaseNumber(
  handle: Handle,
  of: { serviceId: string; archive: boolean; now: Date },
): Promise<void> {
  await sql`
    update notify.inbound_numbers set service_id = null, active = ${!of.archive}, updated_at = ${of.now}
    where service_id = ${of.serviceId}`.execute(handle);
}

export interface OwnedSender {
  id: string;
  is_default: boolean;
}

export async function listOwnSenders(handle: Handle, serviceId: string): Promise<OwnedSender[]> {
  const { rows } = await sql<OwnedSender>`
    select id, is_default from notify.sms_senders where service_id = ${serviceId} and not archived
    order by created_at, id for update`.execute(handle);
  return rows;
}

export async function replaceSender(
  handle: Handle,
  sender: { id: string; number: string; numberId: string; now: Date },
): Promise<void> {
  await sql`
    update notify.sms_senders set sms_sender = ${sender.number}, inbound_number_id = ${sender.numberId},
      updated_at = ${sender.now} where id = ${sender.id}`.execute(handle);
}

export async function addDefaultSender(
  handle: Handle,
  sender: { id: string; serviceId: string; number: string; numberId: string; now: Date },
): Promise<void> {
  await sql`update notify.sms_senders set is_default = false, updated_at = ${sender.now}
    where service_id = ${sender.serviceId} and is_default and not archived`.execute(handle);
  await sql`
    insert into notify.sms_senders (id, service_id, sms_sender, is_default, inbound_number_id, created_at)
    values (${sender.id}, ${sender.serviceId}, ${sender.number}, true, ${sender.numberId}, ${sender.now})`.execute(
    handle,
  );
}

/** A service without its inbound number: no sender of that number, and no permission to receive. */
export async function dropInboundSenders(handle: Handle, serviceId: string, now: Date): Promise<void> {
  await sql`
    update notify.sms_senders set archived = true, is_default = false, updated_at = ${now}
    where service_id = ${serviceId} and inbound_number_id is not null and not archived`.execute(handle);
  // One sender is the default as long as there is one.
  await sql`
    update notify.sms_senders set is_default = true, updated_at = ${now}
    where id = (select id from notify.sms_senders where service_id = ${serviceId} and not archived
      order by created_at, id limit 1)
      and not exists (select 1 from notify.sms_senders where service_id = ${serviceId} and not archived and is_default)`.execute(
    handle,
  );
  await sql`
    update notify.services set permissions = array_remove(permissions, 'inbound_sms'), version = version + 1,
      updated_at = ${now} where id = ${serviceId}`.execute(handle);
}
