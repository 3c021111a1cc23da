import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Services of an organisation with one text template each; those that are there stay. */
export async function insertTestServices(
  handle: Handle,
  made: { organisationId: string; services: number; userId: string; userEmail: string; now: Date },
): Promise<void> {
  const { organisationId, services, userId, userEmail, now } = made;
  await sql`
    insert into notify.organisations (id, name, organisation_type, crown, created_at)
    values (${organisationId}, 'Load tests', 'other', false, ${now}) on conflict do nothing`.execute(handle);
  await sql`
    insert into notify.services (id, name, email_sender_local_part, normalised_service_name, restricted, permissions,
      organisation_id, organisation_type, created_by_id, count_as_live, created_at)
    select ${serviceIdOf(sql`n`)}, 'Load test ' || n, 'load.test.' || n, 'load.test.' || n, false,
      '{email,letter,sms}', ${organisationId}, 'other', ${userId}, false, ${now}
    from generate_series(1, ${services}::int) as n on conflict do nothing`.execute(handle);
  for (const table of ['templates', 'templates_history']) {
    await sql`
      insert into notify.${sql.raw(table)} (id, version, service_id, template_type, name, content, archived, hidden,
        has_unsubscribe_link, created_by, created_by_id, created_at)
      select ${templateIdOf(sql`n`)}, 1, ${serviceIdOf(sql`n`)}, 'sms', 'Load test', 'Hello', false, false, false,
        ${userEmail}, ${userId}, ${now}
      from generate_series(1, ${services}::int) as n on conflict do nothing`.execute(handle);
  }
}

function serviceIdOf(number: ReturnType<typeof sql>) {
  return sql`('10ad7e57-0000-4000-8000-' || lpad((${number})::text, 12, '0'))::uuid`;
}

function templateIdOf(number: ReturnType<typeof sql>) {
  return sql`('10ad7e57-0000-4000-9000-' || lpad((${number})::text, 12, '0'))::uuid`;
}

/** Delivered texts spread over the services and the days before `until`; the same number is the same message. */
export async function insertTestMessages(
  handle: Handle,
  page: { first: number; last: number; services: number; days: number; total: number; until: Date },
): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into notify.notifications (id, service_id, template_id, template_version, key_type, notification_type,
      notification_status, created_at, sent_at, updated_at, sent_by, recipient, normalised_to, billable_units,
      rate_multiplier)
    select ('10ad7e57-0000-4000-a000-' || lpad(to_hex(n), 12, '0'))::uuid, ${serviceIdOf(sql`1 + n % ${page.services}::int`)},
      ${templateIdOf(sql`1 + n % ${page.services}::int`)}, 1, 'normal', 'sms', 'delivered', t.at,
      t.at + interval '2 seconds', t.at + interval '9 seconds', 'mmg', '07700900001', '447700900001', 1, 1
    from generate_series(${page.first}::int, ${page.last}::int) as n,
      lateral (select ${page.until}::timestamptz
        - make_interval(secs => ${page.days}::float8 * 86400 * (${page.total}::float8 - n) / ${page.total}::float8) as at) as t
    on conflict do nothing`.execute(handle);
  return Number(numAffectedRows ?? 0n);
}
