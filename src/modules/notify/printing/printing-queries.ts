import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Status } from '../notifications/notification.ts';

export async function readCredentials(handle: Handle): Promise<Map<string, Buffer>> {
  const { rows } = await sql<{ name: string; value: Buffer }>`
    select name, value from notify.print_credentials where value is not null`.execute(handle);
  return new Map(rows.map((row) => [row.name, row.value]));
}

/** Returns false while somebody else holds it; a holder that died loses it at `until`. */
export async function lockCredential(handle: Handle, name: string, now: Date, until: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.print_credentials set locked_until = ${until}
    where name = ${name} and (locked_until is null or locked_until <= ${now})`.execute(handle);
  return numAffectedRows === 1n;
}

export async function unlockCredential(handle: Handle, name: string): Promise<void> {
  await sql`update notify.print_credentials set locked_until = null where name = ${name}`.execute(handle);
}

/** Its lock stays: what was just changed is not changed again by a second run. */
export async function storeCredential(handle: Handle, name: string, value: Buffer, now: Date): Promise<void> {
  await sql`
    update notify.print_credentials set value = ${value}, updated_at = ${now} where name = ${name}`.execute(
    handle,
  );
}

export interface PrintVolume {
  postage: string;
  letters: number;
  sheets: number;
}

/** What a print run is about to hand over. */
export async function countLettersToPrint(handle: Handle, deadline: Date): Promise<PrintVolume[]> {
  const { rows } = await sql<PrintVolume>`
    select postage, count(*)::int as letters, sum(billable_units)::int as sheets from notify.notifications
    where notification_type = 'letter' and notification_status = 'created' and key_type = 'normal'
      and billable_units > 0 and created_at < ${deadline}
    group by postage`.execute(handle);
  return rows;
}

export interface LetterKey {
  id: string;
  service_id: string;
  /** As text, so that no digit is lost on the way to the next page. */
  created_at: string;
  correlation_id: string | null;
}

/** Letters of a print run, oldest first, a page at a time by (created_at, id). */
export async function findLettersToPrint(
  handle: Handle,
  page: { deadline: Date; after: { createdAt: string; id: string } | undefined; limit: number },
): Promise<LetterKey[]> {
  const { deadline, after, limit } = page;
  const { rows } = await sql<LetterKey>`
    select id, service_id, created_at::text as created_at, correlation_id from notify.notifications
    where notification_type = 'letter' and notification_status = 'created' and key_type = 'normal'
      and billable_units > 0 and created_at < ${deadline}
      ${after === undefined ? sql`` : sql`and (created_at, id) > (${after.createdAt}::timestamptz, ${after.id}::uuid)`}
    order by created_at, id limit ${limit}`.execute(handle);
  return rows;
}

export interface PrintableRow {
  id: string;
  service_id: string;
  organisation_id: string | null;
  key_type: 'normal';
  notification_status: Status;
  created_at: Date;
  reference: string | null;
  recipient: string;
  postage: string | null;
  correlation_id: string | null;
  send_attempts: number;
}

/** Claims a letter for one hand-over: only what is still `created`, has its PDF and a live key. */
export async function beginPrinting(
  handle: Handle,
  id: string,
  now: Date,
): Promise<PrintableRow | undefined> {
  const { rows } = await sql<PrintableRow>`
    update notify.notifications n
    set send_attempts = least(send_attempts, 32000) + 1, attempt_provider = 'dvla', attempt_began_at = ${now}
    where id = ${id} and notification_type = 'letter' and notification_status = 'created' and key_type = 'normal'
      and billable_units > 0
    returning id, service_id, key_type, notification_status, created_at, reference, recipient, postage, correlation_id,
      send_attempts, (select s.organisation_id from notify.services s where s.id = n.service_id)`.execute(
    handle,
  );
  return rows[0];
}

/** Returns whether the letter was still waiting for this outcome. */
export async function recordPrinting(
  handle: Handle,
  outcome: { id: string; attempts: number; status: 'sending' | 'technical-failure'; now: Date },
): Promise<boolean> {
  const isSent = outcome.status === 'sending';
  const { numAffectedRows } = await sql`
    update notify.notifications
    set notification_status = ${outcome.status}, updated_at = ${outcome.now}, attempt_began_at = null,
      sent_at = case when ${isSent} then ${outcome.now}::timestamptz else sent_at end,
      sent_by = case when ${isSent} then 'dvla' else sent_by end
    where id = ${outcome.id} and notification_status = 'created' and send_attempts = ${outcome.attempts}`.execute(
    handle,
  );
  return numAffectedRows === 1n;
}

export interface DespatchedRow {
  id: string;
  service_id: string;
  billable_units: number;
  correlation_id: string | null;
}

/**
 * What the printer reports, on a letter or on what is left of one past retention. A letter that is delivered or failed
 * already keeps that; undefined then, and for one that nobody knows.
 */
export async function changePrinted(
  handle: Handle,
  report: { id: string; status: 'delivered' | 'technical-failure'; now: Date },
): Promise<DespatchedRow | undefined> {
  for (const table of ['notifications', 'notification_history']) {
    const { rows } = await sql<DespatchedRow>`
      update notify.${sql.id(table)} set notification_status = ${report.status}, updated_at = ${report.now}
      where id = ${report.id} and notification_type = 'letter'
        and notification_status not in ('delivered', 'technical-failure')
      returning id, service_id, billable_units,
        ${table === 'notifications' ? sql`correlation_id` : sql`null::text as correlation_id`}`.execute(
      handle,
    );
    if (rows[0]) return rows[0];
  }
  return undefined;
}

export async function upsertDespatch(
  handle: Handle,
  despatch: { notificationId: string; day: string; costThreshold: 'sorted' | 'unsorted' },
): Promise<void> {
  await sql`
    insert into notify.letter_despatches (notification_id, despatched_on, cost_threshold)
    values (${despatch.notificationId}, ${despatch.day}::date, ${despatch.costThreshold})
    on conflict (notification_id) do update
      set despatched_on = excluded.despatched_on, cost_threshold = excluded.cost_threshold`.execute(handle);
}

/** An operator's second start: the letter is as if it had never been handed over. Returns whether it was. */
export async function resetLetter(handle: Handle, id: string, now: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.notifications set notification_status = 'created', updated_at = ${now}
    where id = ${id} and notification_type = 'letter' and key_type <> 'test'
      and notification_status in ('technical-failure', 'sending')`.execute(handle);
  return numAffectedRows === 1n;
}
