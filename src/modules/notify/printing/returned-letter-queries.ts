import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface ReturnedRow {
  id: string;
  service_id: string;
  template_id: string;
  template_version: number;
  template_name: string | null;
  template_hidden: boolean | null;
  api_key_id: string | null;
  client_reference: string | null;
  created_at: Date;
  created_by_email: string | null;
  job_id: string | null;
  job_row_number: number | null;
  file_name: string | null;
}

/**
 * Letters of these references have come back, whatever their status was and whether or not they are past retention. Each
 * is noted once; all that were found are returned, also those that were noted before.
 */
export async function markReturned(
  handle: Handle,
  report: { references: readonly string[]; day: string; now: Date },
): Promise<ReturnedRow[]> {
  const references = sql`${[...report.references]}::text[]`;
  const changed = (table: string) => sql`
    update notify.${sql.id(table)} set notification_status = 'returned-letter', updated_at = ${report.now}
    where reference = any(${references}) and notification_type = 'letter'
    returning id, service_id, template_id, template_version, api_key_id, client_reference, created_at, created_by_id,
      job_id, job_row_number`;
  const { rows } = await sql<ReturnedRow>`
    with live as (${changed('notifications')}),
    archived as (${changed('notification_history')}),
    letters as (
      select * from live
      union all
      select a.* from archived a where not exists (select 1 from live l where l.id = a.id)
    ),
    noted as (
      insert into notify.returned_letters (notification_id, service_id, reported_at, created_at)
      select id, service_id, ${report.day}::date, ${report.now}::timestamptz from letters
      on conflict (notification_id) do nothing
    )
    select l.id, l.service_id, l.template_id, l.template_version, t.name as template_name, t.hidden as template_hidden,
      l.api_key_id, l.client_reference, l.created_at, u.email_address as created_by_email, l.job_id, l.job_row_number,
      b.original_file_name as file_name
    from letters l
      left join notify.templates_history t on t.id = l.template_id and t.version = l.template_version
      left join notify.users u on u.id = l.created_by_id
      left join notify.bulk_sends b on b.id = l.job_id`.execute(handle);
  return rows;
}
