import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Where an id is looked for, in this order, and whether what is found belongs to a service: internals section 3.4.19. */
const PLACES: readonly (readonly [type: string, table: string, hasService: boolean])[] = [
  ['organisation', 'organisations', false],
  ['service', 'services', false],
  ['template', 'templates', true],
  ['notification', 'notifications', true],
  ['email_branding', 'email_brands', false],
  ['letter_branding', 'letter_brands', false],
  ['user', 'users', false],
  ['provider', 'providers', false],
  ['reply_to_email', 'email_reply_to', true],
  ['job', 'bulk_sends', true],
  ['service_contact_list', 'contact_lists', true],
  ['service_data_retention', 'data_retention', true],
  ['service_sms_sender', 'sms_senders', true],
  ['inbound_number', 'inbound_numbers', false],
  ['api_key', 'api_keys', true],
  ['template_folder', 'template_folders', true],
  ['service_callback_api', 'service_callbacks', true],
  ['complaint', 'complaints', false],
  ['inbound_sms', 'inbound_sms', true],
];

export interface FoundThing {
  type: string;
  service_id: string | null;
}

/** What an id belongs to; one statement, each place by its key. */
export async function findByUuid(handle: Handle, id: string): Promise<FoundThing | undefined> {
  const places = PLACES.map(
    ([type, table, hasService], place) => sql`
      select ${place}::int as place, ${type} as type, ${hasService ? sql`service_id` : sql`null::uuid`} as service_id
      from notify.${sql.id(table)} where id = ${id}`,
  );
  const { rows } = await sql<FoundThing>`
    select type, service_id from (${sql.join(places, sql` union all `)}) as found order by place limit 1`.execute(
    handle,
  );
  return rows[0];
}
