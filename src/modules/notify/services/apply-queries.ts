// Statements of `signalbox apply`: each writes one record and says nothing about whether it changed; the caller compares
// first, so that applying the same file twice changes nothing.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { TemplateRow } from './template-queries.ts';

export interface ServiceFields {
  id: string;
  name: string;
  email_sender_local_part: string;
  active: boolean;
  restricted: boolean;
  permissions: string[];
  rate_limit: number;
  email_message_limit: number;
  sms_message_limit: number;
  letter_message_limit: number;
  international_sms_message_limit: number;
  contact_link: string | null;
  custom_email_sender_name: string | null;
  prefix_sms: boolean;
}

const SERVICE_COLUMNS = sql.raw(
  `id, name, email_sender_local_part, active, restricted, permissions, rate_limit, email_message_limit,
   sms_message_limit, letter_message_limit, international_sms_message_limit, contact_link,
   custom_email_sender_name, prefix_sms`,
);

export async function findServiceFields(handle: Handle, id: string): Promise<ServiceFields | undefined> {
  const { rows } = await sql<{ fields: ServiceFields }>`
    select to_json(s) as fields from (select ${SERVICE_COLUMNS} from notify.services where id = ${id}) s`.execute(
    handle,
  );
  return rows[0]?.fields;
}

export async function upsertService(handle: Handle, fields: ServiceFields, now: Date): Promise<void> {
  await sql`
    insert into notify.services as s (${SERVICE_COLUMNS}, created_at)
    select ${SERVICE_COLUMNS}, ${now}::timestamptz
    from json_populate_record(null::notify.services, ${JSON.stringify(fields)}::json)
    on conflict (id) do update set
      name = excluded.name, email_sender_local_part = excluded.email_sender_local_part, active = excluded.active,
      restricted = excluded.restricted, permissions = excluded.permissions, rate_limit = excluded.rate_limit,
      email_message_limit = excluded.email_message_limit, sms_message_limit = excluded.sms_message_limit,
      letter_message_limit = excluded.letter_message_limit,
      international_sms_message_limit = excluded.international_sms_message_limit,
      contact_link = excluded.contact_link, custom_email_sender_name = excluded.custom_email_sender_name,
      prefix_sms = excluded.prefix_sms, version = s.version + 1, updated_at = ${now}`.execute(handle);
}

export interface ListedRecipient {
  recipient_type: 'mobile' | 'email';
  recipient: string;
}

export async function listGuests(handle: Handle, serviceId: string): Promise<ListedRecipient[]> {
  const { rows } = await sql<ListedRecipient>`
    select recipient_type, recipient from notify.guest_list where service_id = ${serviceId}`.execute(handle);
  return rows;
}

export async function replaceGuests(
  handle: Handle,
  serviceId: string,
  guests: ListedRecipient[],
): Promise<void> {
  await sql`delete from notify.guest_list where service_id = ${serviceId}`.execute(handle);
  await sql`
    insert into notify.guest_list (service_id, recipient_type, recipient)
    select ${serviceId}::uuid, recipient_type, recipient
    from json_to_recordset(${JSON.stringify(guests)}::json) as g(recipient_type text, recipient text)
    on conflict do nothing`.execute(handle);
}

export interface MemberFields {
  name: string;
  email_address: string;
  mobile_number: string | null;
}

export async function listMembers(handle: Handle, serviceId: string): Promise<MemberFields[]> {
  const { rows } = await sql<MemberFields>`
    select u.name, u.email_address, u.mobile_number
    from notify.user_to_service us join notify.users u on u.id = us.user_id
    where us.service_id = ${serviceId}`.execute(handle);
  return rows;
}

/** People are the same person by their email address. */
export async function addMember(
  handle: Handle,
  serviceId: string,
  member: MemberFields & { id: string },
  now: Date,
): Promise<void> {
  await sql`
    with person as (
      insert into notify.users as u (id, name, email_address, mobile_number, created_at)
      values (${member.id}, ${member.name}, ${member.email_address}, ${member.mobile_number}, ${now})
      on conflict (email_address) do update
        set name = excluded.name, mobile_number = excluded.mobile_number, updated_at = ${now}
      returning id
    )
    insert into notify.user_to_service (user_id, service_id) select id, ${serviceId}::uuid from person
    on conflict do nothing`.execute(handle);
}

export async function removeMembersExcept(
  handle: Handle,
  serviceId: string,
  emailAddresses: string[],
): Promise<void> {
  await sql`
    delete from notify.user_to_service us using notify.users u
    where u.id = us.user_id and us.service_id = ${serviceId} and not u.email_address = any(${emailAddresses}::text[])`.execute(
    handle,
  );
}

export interface ApiKeyFields {
  id: string;
  name: string;
  secret: Buffer;
  key_type: string;
  expiry_date: Date | null;
}

export async function listApiKeys(handle: Handle, serviceId: string): Promise<ApiKeyFields[]> {
  const { rows } = await sql<ApiKeyFields>`
    select id, name, secret, key_type, expiry_date from notify.api_keys where service_id = ${serviceId}`.execute(
    handle,
  );
  return rows;
}

export async function upsertApiKey(
  handle: Handle,
  serviceId: string,
  key: Omit<ApiKeyFields, 'expiry_date'>,
  now: Date,
): Promise<void> {
  await sql`
    insert into notify.api_keys as k (id, service_id, name, secret, key_type, created_at)
    values (${key.id}, ${serviceId}, ${key.name}, ${key.secret}, ${key.key_type}, ${now})
    on conflict (id) do update set name = excluded.name, secret = excluded.secret, key_type = excluded.key_type,
      expiry_date = null, version = k.version + 1, updated_at = ${now}
    where k.service_id = excluded.service_id`.execute(handle);
}

export async function revokeApiKey(handle: Handle, id: string, now: Date): Promise<void> {
  await sql`
    update notify.api_keys set expiry_date = ${now}, version = version + 1, updated_at = ${now}
    where id = ${id} and expiry_date is null`.execute(handle);
}

/** The three tables of senders have the same shape but for the column of the text. */
export const SENDER_TABLES = {
  sms_senders: { table: 'sms_senders', column: 'sms_sender' },
  email_reply_to: { table: 'email_reply_to', column: 'email_address' },
  letter_contacts: { table: 'letter_contacts', column: 'contact_block' },
} as const;
export type SenderKind = keyof typeof SENDER_TABLES;

export interface SenderFields {
  id: string;
  text: string;
  is_default: boolean;
}

export async function listSenders(
  handle: Handle,
  kind: SenderKind,
  serviceId: string,
): Promise<SenderFields[]> {
  const { table, column } = SENDER_TABLES[kind];
  const { rows } = await sql<SenderFields>`
    select id, ${sql.id(column)} as text, is_default from notify.${sql.id(table)}
    where service_id = ${serviceId} and not archived`.execute(handle);
  return rows;
}

/** Those not named are archived: messages may still refer to them. Defaults go first, there can be one only. */
export async function replaceSenders(
  handle: Handle,
  kind: SenderKind,
  serviceId: string,
  senders: SenderFields[],
  now: Date,
): Promise<void> {
  const { table, column } = SENDER_TABLES[kind];
  const name = sql`notify.${sql.id(table)}`;
  await sql`
    update ${name} set is_default = false, archived = not id = any(${senders.map((sender) => sender.id)}::uuid[]),
      updated_at = ${now}
    where service_id = ${serviceId}`.execute(handle);
  await sql`
    insert into ${name} as s (id, service_id, ${sql.id(column)}, is_default, created_at)
    select id, ${serviceId}::uuid, text, is_default, ${now}::timestamptz
    from json_to_recordset(${JSON.stringify(senders)}::json) as i(id uuid, text text, is_default boolean)
    on conflict (id) do update
      set ${sql.id(column)} = excluded.${sql.id(column)}, is_default = excluded.is_default, archived = false
      where s.service_id = excluded.service_id`.execute(handle);
}

export async function findInboundNumber(handle: Handle, serviceId: string): Promise<string | undefined> {
  const { rows } = await sql<{ number: string }>`
    select number from notify.inbound_numbers where service_id = ${serviceId} and active`.execute(handle);
  return rows[0]?.number;
}

export async function setInboundNumber(
  handle: Handle,
  number: { id: string; serviceId: string; number: string | null },
  now: Date,
): Promise<void> {
  await sql`
    update notify.inbound_numbers set service_id = null, updated_at = ${now}
    where service_id = ${number.serviceId} and number is distinct from ${number.number}`.execute(handle);
  if (number.number === null) return;
  await sql`
    insert into notify.inbound_numbers as n (id, number, provider, service_id, created_at)
    values (${number.id}, ${number.number}, 'mmg', ${number.serviceId}, ${now})
    on conflict (number) do update set service_id = excluded.service_id, active = true, updated_at = ${now}
      where n.service_id is null or n.service_id = excluded.service_id`.execute(handle);
}

export interface CallbackFields {
  callback_type: string;
  url: string;
  bearer_token: Buffer;
}

export async function listCallbacks(handle: Handle, serviceId: string): Promise<CallbackFields[]> {
  const { rows } = await sql<CallbackFields>`
    select callback_type, url, bearer_token from notify.service_callbacks where service_id = ${serviceId}`.execute(
    handle,
  );
  return rows;
}

export async function upsertCallback(
  handle: Handle,
  serviceId: string,
  callback: CallbackFields,
  now: Date,
): Promise<void> {
  await sql`
    insert into notify.service_callbacks as c (service_id, callback_type, url, bearer_token, created_at)
    values (${serviceId}, ${callback.callback_type}, ${callback.url}, ${callback.bearer_token}, ${now})
    on conflict (service_id, callback_type) do update
      set url = excluded.url, bearer_token = excluded.bearer_token, version = c.version + 1, updated_at = ${now}`.execute(
    handle,
  );
}

export async function deleteCallback(handle: Handle, serviceId: string, type: string): Promise<void> {
  await sql`
    delete from notify.service_callbacks where service_id = ${serviceId} and callback_type = ${type}`.execute(
    handle,
  );
}

export type NewTemplateVersion = Omit<
  TemplateRow,
  | 'archived'
  | 'letter_contact_block'
  | 'letter_languages'
  | 'letter_welsh_subject'
  | 'letter_welsh_content'
  | 'letter_attachment_id'
> & {
  letter_contact_id: string | null;
};

/** Writes the newest version and its history in one statement; what is not declared, such as a Welsh text, stays. */
export async function insertTemplate(handle: Handle, template: NewTemplateVersion): Promise<void> {
  const columns = sql.raw(
    `id, version, service_id, template_type, name, content, subject, postage, archived, hidden, letter_contact_id,
     has_unsubscribe_link, created_by, created_at, updated_at`,
  );
  await sql`
    with newest as (
      insert into notify.templates as t (${columns})
      select ${columns}
      from json_populate_record(null::notify.templates, ${JSON.stringify({ ...template, archived: false })}::json)
      on conflict (id) do update set version = excluded.version, name = excluded.name, content = excluded.content,
        subject = excluded.subject, postage = excluded.postage, archived = excluded.archived,
        letter_contact_id = excluded.letter_contact_id, has_unsubscribe_link = excluded.has_unsubscribe_link,
        updated_at = excluded.updated_at
        where t.service_id = excluded.service_id and t.version < excluded.version
      returning ${sql.raw(
        't.id, t.version, t.service_id, t.template_type, t.name, t.content, t.subject, t.postage, t.archived, t.hidden, t.letter_contact_id, t.has_unsubscribe_link, t.created_by, t.created_at, t.updated_at, t.letter_languages, t.letter_welsh_subject, t.letter_welsh_content, t.letter_attachment_id',
      )}
    )
    insert into notify.templates_history (${columns}, letter_languages, letter_welsh_subject, letter_welsh_content,
      letter_attachment_id)
    select ${columns}, letter_languages, letter_welsh_subject, letter_welsh_content, letter_attachment_id
    from newest`.execute(handle);
}

export async function setTemplateArchived(
  handle: Handle,
  id: string,
  archived: boolean,
  now: Date,
): Promise<void> {
  await sql`update notify.templates set archived = ${archived}, updated_at = ${now} where id = ${id}`.execute(
    handle,
  );
}

export interface StoredTemplateFields {
  service_id: string;
  template_type: string;
  name: string;
  content: string;
  subject: string | null;
  postage: string | null;
  archived: boolean;
  letter_contact_id: string | null;
  has_unsubscribe_link: boolean;
  version: number;
  created_at: Date;
}

export async function findTemplateFields(
  handle: Handle,
  id: string,
): Promise<StoredTemplateFields | undefined> {
  const { rows } = await sql<StoredTemplateFields>`
    select service_id, template_type, name, content, subject, postage, archived, letter_contact_id,
      has_unsubscribe_link, version, created_at
    from notify.templates where id = ${id}`.execute(handle);
  return rows[0];
}

/** `lock` keeps two processes from making two. */
export async function findPrecompiledTemplate(
  handle: Handle,
  serviceId: string,
  name: string,
  lock = false,
): Promise<{ id: string; version: number } | undefined> {
  if (lock) await sql`select 1 from notify.services where id = ${serviceId} for update`.execute(handle);
  const { rows } = await sql<{ id: string; version: number }>`
    select id, version from notify.templates
    where service_id = ${serviceId} and hidden and name = ${name} and template_type = 'letter'`.execute(
    handle,
  );
  return rows[0];
}

export async function hasReceivedText(
  handle: Handle,
  text: { serviceId: string; reference: string },
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from notify.inbound_sms
    where service_id = ${text.serviceId} and provider = 'apply' and provider_reference = ${text.reference}`.execute(
    handle,
  );
  return rows.length > 0;
}
