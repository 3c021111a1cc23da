import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { EmailBrand } from '../branding/branded-email.ts';
import type { KeyType, Sender } from './service.ts';

export interface StoredService {
  id: string;
  name: string;
  custom_email_sender_name: string | null;
  email_sender_local_part: string;
  active: boolean;
  restricted: boolean;
  prefix_sms: boolean;
  permissions: string[];
  rate_limit: number;
  email_message_limit: string;
  sms_message_limit: string;
  letter_message_limit: string;
  international_sms_message_limit: string;
  contact_link: string | null;
  email_brand: EmailBrand | null;
  /** Name of the file of the letters' logo, without its ending. */
  letter_logo: string | null;
  /** `secret` in hexadecimal digits. */
  api_keys: { id: string; name: string; key_type: KeyType; secret: string; expiry_date: string | null }[];
  known_recipients: string[];
  sms_senders: Sender[];
  email_reply_tos: Sender[];
  letter_contacts: Sender[];
}

/** Everything a request needs to know of its service, in one round trip. */
export async function findService(handle: Handle, id: string, now: Date): Promise<StoredService | undefined> {
  const senders = (table: string, column: string) => sql`coalesce((
    select json_agg(json_build_object('id', x.id, 'text', x.${sql.id(column)}, 'isDefault', x.is_default)
      order by x.created_at, x.id)
    from notify.${sql.id(table)} x where x.service_id = s.id and not x.archived), '[]')`;
  const { rows } = await sql<StoredService>`
    select s.id, s.name, s.custom_email_sender_name, s.email_sender_local_part, s.active, s.restricted, s.prefix_sms,
      s.permissions, s.rate_limit, s.email_message_limit, s.sms_message_limit, s.letter_message_limit,
      s.international_sms_message_limit, s.contact_link,
      (select json_build_object('type', b.brand_type, 'colour', b.colour, 'logo', b.logo, 'text', b.text,
        'altText', b.alt_text) from notify.email_brands b where b.id = s.email_branding_id) as email_brand,
      (select b.filename from notify.letter_brands b where b.id = s.letter_branding_id) as letter_logo,
      coalesce((
        select json_agg(json_build_object('id', k.id, 'name', k.name, 'key_type', k.key_type,
          'secret', encode(k.secret, 'hex'), 'expiry_date', k.expiry_date) order by k.created_at, k.id)
        from notify.api_keys k
        where k.service_id = s.id and (k.expiry_date is null or k.expiry_date > ${now}::timestamptz - interval '7 days')
      ), '[]') as api_keys,
      array(
        select g.recipient from notify.guest_list g where g.service_id = s.id
        union all
        select m.address from notify.user_to_service us join notify.users u on u.id = us.user_id
          cross join lateral (values (u.email_address), (u.mobile_number)) as m(address)
        where us.service_id = s.id and m.address is not null
      ) as known_recipients,
      ${senders('sms_senders', 'sms_sender')} as sms_senders,
      ${senders('email_reply_to', 'email_address')} as email_reply_tos,
      ${senders('letter_contacts', 'contact_block')} as letter_contacts
    from notify.services s where s.id = ${id}`.execute(handle);
  return rows[0];
}

/** The newest schema migration of the module that the database has: `0003-name`. */
export async function findSchemaVersion(handle: Handle): Promise<string> {
  const { rows } = await sql<{ version: string }>`
    select to_char(version, 'FM0000') || '-' || name as version from platform.schema_migrations
    where set_name = 'notify' order by schema_migrations.version desc limit 1`.execute(handle);
  return rows[0]?.version ?? '';
}

export async function countServices(handle: Handle): Promise<number> {
  const { rows } = await sql<{ services: number }>`
    select count(*)::int as services from notify.services where active and not restricted and count_as_live`.execute(
    handle,
  );
  return rows[0]?.services ?? 0;
}
