import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Status } from '../notifications/notification.ts';
import type { KeyType, NotificationType } from '../services/service.ts';

/** What handing a message over needs. */
export interface DeliverableRow {
  id: string;
  service_id: string;
  template_id: string;
  template_version: number;
  key_type: KeyType;
  notification_type: NotificationType;
  created_at: Date;
  client_reference: string | null;
  recipient: string;
  normalised_to: string | null;
  personalisation: Buffer | null;
  international: boolean;
  phone_prefix: string | null;
  reply_to_text: string | null;
  unsubscribe_link: string | null;
  correlation_id: string | null;
  send_attempts: number;
  attempt_provider: string;
  unknown_outcomes: number;
}

/** Who a message is to go to when nothing else binds it. */
export interface AttemptPlan {
  id: string;
  email: string;
  domestic: string;
  international: string;
}

/**
 * Claims messages for one attempt each, before the provider is called. An attempt whose outcome nobody wrote down stays
 * with its provider and counts as unknown. Only what is still `created` is claimed.
 */
export async function beginAttempts(
  handle: Handle,
  plans: AttemptPlan[],
  now: Date,
): Promise<DeliverableRow[]> {
  const { rows } = await sql<DeliverableRow>`
    update notify.notifications n
    set send_attempts = n.send_attempts + 1,
      unknown_outcomes = n.unknown_outcomes + (n.attempt_began_at is not null)::int,
      attempt_provider = case when n.attempt_began_at is not null and n.attempt_provider is not null
        then n.attempt_provider when n.notification_type = 'email' then p.email
        when n.international then p.international else p.domestic end,
      attempt_began_at = ${now}
    from json_to_recordset(${JSON.stringify(plans)}::json) as p(id uuid, email text, domestic text,
      international text)
    where n.id = p.id and n.id = any(${plans.map((plan) => plan.id)}::uuid[]) and n.notification_status = 'created'
    returning n.id, n.service_id, n.template_id, n.template_version, n.key_type, n.notification_type, n.created_at,
      n.client_reference, n.recipient, n.normalised_to, n.personalisation, n.international, n.phone_prefix,
      n.reply_to_text, n.unsubscribe_link, n.correlation_id, n.send_attempts, n.attempt_provider, n.unknown_outcomes`.execute(
    handle,
  );
  return rows;
}

/**
 * Undoes `beginAttempts` for messages whose provider was not asked. One that may have gone out earlier stays bound to
 * that provider and is counted as it was.
 */
export async function takeBackAttempts(
  handle: Handle,
  attempts: readonly Pick<DeliverableRow, 'id' | 'send_attempts'>[],
): Promise<void> {
  const taken = JSON.stringify(attempts.map(({ id, send_attempts }) => ({ id, send_attempts })));
  await sql`
    update notify.notifications n
    set send_attempts = n.send_attempts - 1, unknown_outcomes = greatest(n.unknown_outcomes - 1, 0),
      attempt_began_at = case when n.unknown_outcomes > 0 then n.attempt_began_at end
    from json_to_recordset(${taken}::json) as t(id uuid, send_attempts int)
    where n.id = t.id and n.id = any(${attempts.map(({ id }) => id)}::uuid[])
      and n.send_attempts = t.send_attempts and n.notification_status = 'created'`.execute(handle);
}

export interface AttemptOutcome {
  id: string;
  /** Which attempt this is the outcome of: a slower worker's changes nothing. */
  send_attempts: number;
  /** Null leaves the message `created` for a further attempt. */
  status: Status | null;
  sent_at: Date | null;
  sent_by: string | null;
  reference: string | null;
  billable_units: number | null;
  /** The outcome stays unknown: the next attempt must know. */
  is_unknown: boolean;
}

/** Returns the messages that changed. A receipt that overtook us is not overwritten. */
export async function recordAttempts(
  handle: Handle,
  outcomes: AttemptOutcome[],
  now: Date,
): Promise<{ id: string; notification_status: Status; updated_at: Date | null; sent_at: Date | null }[]> {
  const { rows } = await sql<{
    id: string;
    notification_status: Status;
    updated_at: Date | null;
    sent_at: Date | null;
  }>`
    update notify.notifications n
    set notification_status = case when n.notification_status = 'created' then coalesce(o.status, n.notification_status)
        else n.notification_status end,
      sent_at = coalesce(o.sent_at, n.sent_at), sent_by = coalesce(o.sent_by, n.sent_by),
      reference = coalesce(o.reference, n.reference),
      billable_units = case when n.billable_units = 0 then coalesce(o.billable_units, 0) else n.billable_units end,
      updated_at = case when o.status is null then n.updated_at else greatest(n.updated_at, ${now}::timestamptz) end,
      attempt_began_at = case when o.is_unknown then n.attempt_began_at end
    from json_to_recordset(${JSON.stringify(outcomes)}::json) as o(id uuid, send_attempts int, status text,
      sent_at timestamptz, sent_by text, reference text, billable_units int, is_unknown boolean)
    where n.id = o.id and n.id = any(${outcomes.map((outcome) => outcome.id)}::uuid[])
      and n.send_attempts = o.send_attempts
    returning n.id, n.notification_status, n.updated_at, n.sent_at`.execute(handle);
  return rows;
}

/** The end of a message that cannot be sent; returns whether it was still waiting. */
export async function giveUp(handle: Handle, id: string, now: Date): Promise<GivenUpRow | undefined> {
  const { rows } = await sql<GivenUpRow>`
    update notify.notifications
    set notification_status = 'technical-failure', updated_at = ${now}, attempt_began_at = null
    where id = ${id} and notification_status in ('created', 'pending-virus-check')
    returning id, service_id, client_reference, recipient, notification_status, created_at, updated_at, sent_at,
      notification_type, template_id, template_version, correlation_id`.execute(handle);
  return rows[0];
}

export interface GivenUpRow {
  id: string;
  service_id: string;
  client_reference: string | null;
  recipient: string;
  notification_status: string;
  created_at: Date;
  updated_at: Date;
  sent_at: Date | null;
  notification_type: string;
  template_id: string;
  template_version: number;
  correlation_id: string | null;
}
