import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** A service with all that the admin website knows of it: internals section 3.3. */
export interface ServiceRecord {
  id: string;
  name: string;
  custom_email_sender_name: string | null;
  email_sender_local_part: string;
  confirmed_email_sender_name: boolean;
  active: boolean;
  restricted: boolean;
  prefix_sms: boolean;
  rate_limit: number;
  contact_link: string | null;
  letter_message_limit: number;
  sms_message_limit: number;
  international_sms_message_limit: number;
  email_message_limit: number;
  volume_sms: number | null;
  volume_email: number | null;
  volume_letter: number | null;
  consent_to_research: boolean | null;
  count_as_live: boolean;
  go_live_at: Date | null;
  go_live_user_id: string | null;
  has_active_go_live_request: boolean;
  confirmed_unique: boolean;
  notes: string | null;
  purchase_order_number: string | null;
  billing_contact_names: string | null;
  billing_contact_email_addresses: string | null;
  billing_reference: string | null;
  organisation_id: string | null;
  organisation_type: string | null;
  email_branding_id: string | null;
  letter_branding_id: string | null;
  created_by_id: string | null;
  permissions: string[];
  version: number;
  created_at: Date;
  callbacks: { callback_id: string; callback_type: string }[];
}

const RECORD = sql`s.id, s.name, s.custom_email_sender_name, s.email_sender_local_part, s.confirmed_email_sender_name,
  s.active, s.restricted, s.prefix_sms, s.rate_limit, s.contact_link, s.letter_message_limit::float8 as letter_message_limit,
  s.sms_message_limit::float8 as sms_message_limit,
  s.international_sms_message_limit::float8 as international_sms_message_limit,
  s.email_message_limit::float8 as email_message_limit, s.volume_sms, s.volume_email, s.volume_letter,
  s.consent_to_research, s.count_as_live, s.go_live_at, s.go_live_user_id, s.has_active_go_live_request,
  s.confirmed_unique, s.notes, s.purchase_order_number, s.billing_contact_names, s.billing_contact_email_addresses,
  s.billing_reference, s.organisation_id, s.organisation_type, s.email_branding_id, s.letter_branding_id, s.created_by_id, s.permissions, s.version, s.created_at,
  coalesce((
    select json_agg(json_build_object('callback_id', c.id, 'callback_type', c.callback_type) order by c.callback_type)
    from notify.service_callbacks c where c.service_id = s.id
  ), '[]') as callbacks`;

export async function findServiceRecord(
  handle: Handle,
  id: string,
  lock = false,
): Promise<ServiceRecord | undefined> {
  const { rows } = await sql<ServiceRecord>`
    select ${RECORD} from notify.services s where s.id = ${id} ${lock ? sql`for update` : sql``}`.execute(
    handle,
  );
  return rows[0];
}

/** Oldest first. */
export async function listServiceRecords(
  handle: Handle,
  filter: { onlyActive: boolean; userId: string | undefined; organisationId?: string },
): Promise<ServiceRecord[]> {
  const conditions = [
    sql`true`,
    ...(filter.onlyActive ? [sql`s.active`] : []),
    ...(filter.organisationId === undefined ? [] : [sql`s.organisation_id = ${filter.organisationId}`]),
    ...(filter.userId === undefined
      ? []
      : [
          sql`exists (select 1 from notify.user_to_service m where m.service_id = s.id and m.user_id = ${filter.userId})`,
        ]),
  ];
  const { rows } = await sql<ServiceRecord>`
    select ${RECORD} from notify.services s where ${sql.join(conditions, sql` and `)}
    order by s.created_at, s.id`.execute(handle);
  return rows;
}

export async function searchServices(
  handle: Handle,
  part: string,
): Promise<{ id: string; name: string; active: boolean; restricted: boolean }[]> {
  const { rows } = await sql<{ id: string; name: string; active: boolean; restricted: boolean }>`
    select id, name, active, restricted from notify.services
    where position(lower(${part}) in lower(name)) > 0 order by name limit 500`.execute(handle);
  return rows;
}

export interface NewServiceRecord {
  id: string;
  name: string;
  normalised_service_name: string;
  email_sender_local_part: string;
  active: boolean;
  restricted: boolean;
  permissions: string[];
  email_message_limit: number;
  sms_message_limit: number;
  letter_message_limit: number;
  international_sms_message_limit: number;
  organisation_id: string | null;
  organisation_type: string | null;
  crown: boolean | null;
  email_branding_id: string | null;
  letter_branding_id: string | null;
  count_as_live: boolean;
  created_by_id: string;
}

export async function insertServiceRecord(
  handle: Handle,
  service: NewServiceRecord,
  now: Date,
): Promise<void> {
  const columns = sql.join(Object.keys(service).map((name) => sql.id(name)));
  await sql`
    insert into notify.services (${columns}, prefix_sms, created_at)
    select ${columns}, false, ${now}::timestamptz
    from json_populate_record(null::notify.services, ${JSON.stringify(service)}::json)`.execute(handle);
}

/** Sets the columns that `changes` names, as the next version. */
export async function updateServiceRecord(
  handle: Handle,
  id: string,
  changes: Record<string, unknown>,
  now: Date,
): Promise<void> {
  const sets = Object.keys(changes).map((name) => sql`${sql.id(name)} = c.${sql.id(name)}`);
  await sql`
    update notify.services s
    set ${sets.length === 0 ? sql`` : sql`${sql.join(sets)},`} version = s.version + 1, updated_at = ${now}
    from json_populate_record(null::notify.services, ${JSON.stringify(changes)}::json) c
    where s.id = ${id}`.execute(handle);
}

/** A service that has this name, or whose sending address would be the same. */
export async function findNamesake(
  handle: Handle,
  names: { name: string; normalised: string; exceptId: string },
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from notify.services
    where id <> ${names.exceptId}
      and (name = ${names.name} or normalised_service_name = ${names.normalised}
        or (normalised_service_name is null and custom_email_sender_name is null
          and email_sender_local_part = ${names.normalised}))
    limit 1`.execute(handle);
  return rows.length > 0;
}

/** Keeps the service as it now stands. */
export async function recordService(handle: Handle, id: string, now: Date): Promise<void> {
  await sql`
    insert into notify.settings_history (kind, id, version, service_id, record, recorded_at)
    select 'service', s.id, s.version, s.id, to_jsonb(s), ${now} from notify.services s where s.id = ${id}
    on conflict do nothing`.execute(handle);
}

/** `changedById` stands for who made this version, where that is known. */
export async function recordApiKey(
  handle: Handle,
  id: string,
  now: Date,
  changedById?: string,
): Promise<void> {
  const changed = JSON.stringify(changedById === undefined ? {} : { created_by_id: changedById });
  await sql`
    insert into notify.settings_history (kind, id, version, service_id, record, recorded_at)
    select 'api_key', k.id, k.version, k.service_id, (to_jsonb(k) - 'secret') || ${changed}::jsonb, ${now}
    from notify.api_keys k
    where k.id = ${id}
    on conflict do nothing`.execute(handle);
}

export interface HistoryRecord {
  kind: string;
  version: number;
  record: Record<string, unknown>;
}

export async function listHistory(
  handle: Handle,
  serviceId: string,
  kind: 'service' | 'api_key',
): Promise<HistoryRecord[]> {
  const { rows } = await sql<HistoryRecord>`
    select kind, version, record from notify.settings_history
    where service_id = ${serviceId} and kind = ${kind} order by recorded_at, id, version`.execute(handle);
  return rows;
}

/** Ends what could still send: templates are archived, keys revoked. */
export async function archiveServiceParts(handle: Handle, serviceId: string, now: Date): Promise<void> {
  await sql`
    with archived as (
      update notify.templates set archived = true, version = version + 1, updated_at = ${now}, folder_id = null
      where service_id = ${serviceId} and not archived
      returning id, version, service_id, template_type, name, content, subject, postage, archived, hidden,
        letter_contact_id, has_unsubscribe_link, created_by, created_by_id, created_at, updated_at, letter_languages,
        letter_welsh_subject, letter_welsh_content, letter_attachment_id
    )
    insert into notify.templates_history (id, version, service_id, template_type, name, content, subject, postage,
      archived, hidden, letter_contact_id, has_unsubscribe_link, created_by, created_by_id, created_at, updated_at,
      letter_languages, letter_welsh_subject, letter_welsh_content, letter_attachment_id)
    select * from archived`.execute(handle);
  await sql`
    with revoked as (
      update notify.api_keys set expiry_date = ${now}, version = version + 1, updated_at = ${now}
      where service_id = ${serviceId} and expiry_date is null
      returning *
    )
    insert into notify.settings_history (kind, id, version, service_id, record, recorded_at)
    select 'api_key', id, version, service_id, to_jsonb(revoked) - 'secret', ${now} from revoked
    on conflict do nothing`.execute(handle);
}
