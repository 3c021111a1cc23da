import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { BuiltInTemplate } from './built-in-templates-data.ts';

/** Adds those that are missing, with their first version; leaves alone what somebody edited. */
export async function insertMissingTemplates(
  handle: Handle,
  templates: readonly BuiltInTemplate[],
  owner: { serviceId: string; userId: string; emailAddress: string; now: Date },
): Promise<void> {
  await sql`
    insert into notify.users (id, name, email_address, created_at)
    values (${owner.userId}, 'Notify', ${owner.emailAddress}, ${owner.now}) on conflict do nothing`.execute(
    handle,
  );
  await sql`
    with added as (
      insert into notify.templates (id, service_id, template_type, name, content, subject, created_by, created_by_id,
        version, created_at)
      select t.id, ${owner.serviceId}::uuid, t.type, t.name, t.content, t.subject, ${owner.emailAddress},
        ${owner.userId}::uuid, 1, ${owner.now}::timestamptz
      from json_to_recordset(${JSON.stringify(templates)}::json)
        as t(id uuid, type text, name text, subject text, content text)
      on conflict do nothing
      returning id, version, service_id, template_type, name, content, subject, postage, archived, hidden,
        letter_contact_id, has_unsubscribe_link, created_by, created_by_id, created_at, updated_at
    )
    insert into notify.templates_history (id, version, service_id, template_type, name, content, subject, postage,
      archived, hidden, letter_contact_id, has_unsubscribe_link, created_by, created_by_id, created_at, updated_at)
    select * from added`.execute(handle);
}

export async function findTemplateVersionNumber(handle: Handle, id: string): Promise<number | undefined> {
  const { rows } = await sql<{ version: number }>`
    select version from notify.templates where id = ${id}`.execute(handle);
  return rows[0]?.version;
}
