import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { DeliverableRow } from '../delivery/delivery-queries.ts';

export async function insertInboundNumber(
  handle: Handle,
  number: { id: string; number: string; now: Date },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into notify.inbound_numbers (id, number, provider, created_at)
    values (${number.id}, ${number.number}, 'mmg', ${number.now}) on conflict do nothing`.execute(handle);
  return numAffectedRows === 1n;
}

export type UncountedText = Pick<
  DeliverableRow,
  'id' | 'service_id' | 'template_id' | 'template_version' | 'personalisation'
>;

export async function findUncountedTexts(
  handle: Handle,
  afterId: string,
  limit: number,
): Promise<UncountedText[]> {
  const { rows } = await sql<UncountedText>`
    select id, service_id, template_id, template_version, personalisation from notify.notifications
    where id > ${afterId}::uuid and notification_type = 'sms' and billable_units = 0 and key_type <> 'test'
      and notification_status in ('sending', 'sent', 'delivered', 'pending', 'temporary-failure', 'permanent-failure')
    order by id limit ${limit}`.execute(handle);
  return rows;
}

export async function setBillableUnits(handle: Handle, id: string, units: number): Promise<void> {
  await sql`
    update notify.notifications set billable_units = ${units} where id = ${id} and billable_units = 0`.execute(
    handle,
  );
}

export interface FailedLetterRow {
  id: string;
  service_id: string;
  reference: string;
}

export async function findByReferences(
  handle: Handle,
  references: readonly string[],
): Promise<FailedLetterRow[]> {
  const { rows } = await sql<FailedLetterRow>`
    select id, service_id, reference from notify.notifications
    where reference = any(${[...references]}::text[]) and notification_type = 'letter'
    union all
    select id, service_id, reference from notify.notification_history
    where reference = any(${[...references]}::text[]) and notification_type = 'letter' order by reference`.execute(
    handle,
  );
  return rows;
}

/** Letters that failed for technical reasons before they had pages: they wait for their scan again. */
export async function resetToScan(
  handle: Handle,
  ids: readonly string[],
  now: Date,
): Promise<{ id: string; service_id: string }[]> {
  const { rows } = await sql<{ id: string; service_id: string }>`
    update notify.notifications set notification_status = 'pending-virus-check', updated_at = ${now}
    where id = any(${[...ids]}::uuid[]) and notification_type = 'letter'
      and notification_status = 'technical-failure' and billable_units = 0
    returning id, service_id`.execute(handle);
  return rows;
}
