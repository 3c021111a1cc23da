import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Letters that came back, by the day they were reported, newest first; days as `YYYY-MM-DD`. */
export async function summariseReturned(
  handle: Handle,
  serviceId: string,
): Promise<{ returned_letter_count: number; reported_at: string }[]> {
  const { rows } = await sql<{ returned_letter_count: number; reported_at: string }>`
    select count(*)::int as returned_letter_count, reported_at::text from notify.returned_letters
    where service_id = ${serviceId} group by reported_at order by reported_at desc`.execute(handle);
  return rows;
}

/** How many came back since a moment, and when the newest report was made. */
export async function countReturned(
  handle: Handle,
  serviceId: string,
  since: Date,
): Promise<{ count: number; newest: Date | null }> {
  const { rows } = await sql<{ count: number; newest: Date | null }>`
    select count(*) filter (where created_at >= ${since})::int as count, max(created_at) as newest
    from notify.returned_letters where service_id = ${serviceId}`.execute(handle);
  return rows[0] ?? { count: 0, newest: null };
}

export interface ReturnedLetterRow {
  notification_id: string;
  client_reference: string | null;
  reported_at: string;
  created_at: Date | null;
  template_name: string | null;
  template_id: string | null;
  template_version: number | null;
  user_name: string | null;
  email_address: string | null;
  original_file_name: string | null;
  job_row_number: number | null;
  is_precompiled: boolean;
  api_key_id: string | null;
}

/** The letters of one report, newest first; what is left of the message is null where it is nowhere any more. */
export async function listReturned(
  handle: Handle,
  serviceId: string,
  reportedAt: string,
): Promise<ReturnedLetterRow[]> {
  const { rows } = await sql<ReturnedLetterRow>`
    select r.notification_id, n.client_reference, r.reported_at::text, n.created_at, t.name as template_name,
      n.template_id, n.template_version, u.name as user_name, u.email_address, j.original_file_name, n.job_row_number,
      coalesce(t.hidden, false) as is_precompiled, n.api_key_id
    from notify.returned_letters r
      left join lateral (
        select created_at, client_reference, template_id, template_version, created_by_id, job_id, job_row_number,
          api_key_id
        from notify.notifications where id = r.notification_id
        union all
        select created_at, client_reference, template_id, template_version, created_by_id, job_id, job_row_number,
          api_key_id
        from notify.notification_history where id = r.notification_id
        limit 1
      ) n on true
      left join notify.templates_history t on t.id = n.template_id and t.version = n.template_version
      left join notify.users u on u.id = n.created_by_id
      left join notify.bulk_sends j on j.id = n.job_id
    where r.service_id = ${serviceId} and r.reported_at = ${reportedAt}::date
    order by n.created_at desc nulls last, r.notification_id`.execute(handle);
  return rows;
}
