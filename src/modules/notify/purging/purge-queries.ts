import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface FoundUser {
  id: string;
  email_address: string;
}

export async function findUsersByPrefix(handle: Handle, prefix: string): Promise<FoundUser[]> {
  const { rows } = await sql<FoundUser>`
    select id, email_address from notify.users where starts_with(email_address, ${prefix}) order by email_address`.execute(
    handle,
  );
  return rows;
}

/** Services that a user belongs to or made. */
export async function findServicesOfUser(handle: Handle, userId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select service_id as id from notify.user_to_service where user_id = ${userId}
    union select id from notify.services where created_by_id = ${userId}`.execute(handle);
  return rows.map((row) => row.id);
}

export async function findMembers(handle: Handle, serviceId: string): Promise<string[]> {
  const { rows } = await sql<{ user_id: string }>`
    select user_id from notify.user_to_service where service_id = ${serviceId}`.execute(handle);
  return rows.map((row) => row.user_id);
}

export async function hasServices(handle: Handle, userId: string): Promise<boolean> {
  const { rows } = await sql`select 1 from notify.user_to_service where user_id = ${userId} limit 1`.execute(
    handle,
  );
  return rows.length > 0;
}

export interface FiledLetter {
  id: string;
  reference: string | null;
  created_at: Date;
}

export async function listLetters(handle: Handle, serviceId: string): Promise<FiledLetter[]> {
  const { rows } = await sql<FiledLetter>`
    select id, reference, created_at from notify.notifications
    where service_id = ${serviceId} and notification_type = 'letter'`.execute(handle);
  return rows;
}

/** Tables with rows of a service, in an order in which nothing refers to what is gone. */
const TABLES_OF_SERVICE = [
  'inbound_sms',
  'inbound_sms_history',
  'queued_callbacks',
  'callback_log',
  'service_callbacks',
  'unsubscribe_requests',
  'unsubscribe_requests_history',
  'unsubscribe_reports',
  'service_join_requests',
  'complaints',
  'returned_letters',
  'sms_senders',
  'inbound_numbers',
  'email_reply_to',
  'invited_users',
  'user_folder_permissions',
  'user_permissions',
  'report_requests',
  'notification_history',
  'notifications',
  'bulk_sends',
  'bulk_uploads',
  'contact_lists',
  'data_retention',
  'retention_marks',
  'templates_history',
  'templates',
  'letter_attachments',
  'template_folders',
  'letter_contacts',
  'api_keys',
  'settings_history',
  'annual_billing',
  'ft_billing',
  'ft_notification_status',
  'daily_counters',
  'token_buckets',
  'guest_list',
  'user_to_service',
] as const;

/** Removes a service with all that belongs to it. */
export async function deleteServiceRows(handle: Handle, serviceId: string): Promise<void> {
  await sql`delete from notify.letter_despatches d using notify.notifications n
    where n.id = d.notification_id and n.service_id = ${serviceId}`.execute(handle);
  await sql`delete from notify.template_email_files_history f using notify.templates t
    where t.id = f.template_id and t.service_id = ${serviceId}`.execute(handle);
  await sql`delete from notify.template_email_files f using notify.templates t
    where t.id = f.template_id and t.service_id = ${serviceId}`.execute(handle);
  for (const table of TABLES_OF_SERVICE) {
    await sql`delete from notify.${sql.id(table)} where service_id = ${serviceId}`.execute(handle);
  }
  await sql`delete from notify.services where id = ${serviceId}`.execute(handle);
}

const NAMED_IN = [
  ['services', 'created_by_id'],
  ['services', 'go_live_user_id'],
  ['templates', 'created_by_id'],
  ['templates_history', 'created_by_id'],
  ['api_keys', 'created_by_id'],
  ['bulk_sends', 'created_by_id'],
  ['contact_lists', 'created_by_id'],
  ['report_requests', 'user_id'],
  ['service_join_requests', 'status_changed_by_id'],
  ['service_callbacks', 'updated_by_id'],
  ['organisations', 'agreement_signed_by_id'],
  ['template_email_files', 'created_by_id'],
  ['template_email_files', 'archived_by_id'],
  ['providers_history', 'created_by_id'],
  ['letter_attachments', 'created_by_id'],
  ['letter_attachments', 'archived_by_id'],
  ['email_brands', 'created_by_id'],
  ['email_brands', 'updated_by_id'],
  ['letter_brands', 'created_by_id'],
  ['letter_brands', 'updated_by_id'],
] as const;

const BELONGS_TO_USER = [
  ['verify_codes', 'user_id'],
  ['webauthn_credentials', 'user_id'],
  ['user_to_organisation', 'user_id'],
  ['user_permissions', 'user_id'],
  ['user_folder_permissions', 'user_id'],
  ['user_to_service', 'user_id'],
  ['invited_users', 'from_user_id'],
  ['invited_organisation_users', 'invited_by_id'],
  ['service_join_requests', 'requester_id'],
] as const;

/** Removes a person; what they did elsewhere stays, without a name. */
export async function deleteUserRows(handle: Handle, userId: string): Promise<void> {
  for (const [table, column] of NAMED_IN) {
    await sql`update notify.${sql.id(table)} set ${sql.id(column)} = null where ${sql.id(column)} = ${userId}`.execute(
      handle,
    );
  }
  for (const [table, column] of BELONGS_TO_USER) {
    await sql`delete from notify.${sql.id(table)} where ${sql.id(column)} = ${userId}`.execute(handle);
  }
  await sql`delete from notify.users where id = ${userId}`.execute(handle);
}
