import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface ComplaintRow {
  id: string;
  notification_id: string;
  service_id: string;
  service_name: string;
  ses_feedback_id: string | null;
  complaint_type: string | null;
  complaint_date: Date | null;
  created_at: Date;
}

/** Of all services, newest first. */
export async function listComplaints(
  handle: Handle,
  page: { limit: number; offset: number },
): Promise<ComplaintRow[]> {
  const { rows } = await sql<ComplaintRow>`
    select c.id, c.notification_id, c.service_id, s.name as service_name, c.ses_feedback_id, c.complaint_type,
      c.complaint_date, c.created_at
    from (
      select * from notify.complaints order by created_at desc, id desc limit ${page.limit} offset ${page.offset}
    ) c join notify.services s on s.id = c.service_id
    order by c.created_at desc, c.id desc`.execute(handle);
  return rows;
}

export async function countComplaints(
  handle: Handle,
  between?: { from: Date; until: Date },
): Promise<number> {
  const { rows } = await sql<{ complaints: number }>`
    select count(*)::int as complaints from notify.complaints
    ${between === undefined ? sql`` : sql`where created_at >= ${between.from} and created_at < ${between.until}`}`.execute(
    handle,
  );
  return rows[0]?.complaints ?? 0;
}
