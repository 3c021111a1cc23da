// Messages by month, from the facts of days: internals section 3.4.10.
import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface MonthCount {
  /** `YYYY-MM`. */
  month: string;
  notification_type: 'sms' | 'email' | 'letter';
  notification_status: string;
  count: number;
}

/** Between two London days, both included; none of test keys. */
export async function countByMonth(
  handle: Handle,
  of: { serviceId: string; from: string; to: string },
): Promise<MonthCount[]> {
  const { rows } = await sql<MonthCount>`
    select to_char(bst_date, 'YYYY-MM') as month, notification_type, notification_status,
      sum(notification_count)::int as count
    from notify.ft_notification_status
    where service_id = ${of.serviceId} and bst_date >= ${of.from}::date and bst_date <= ${of.to}::date
      and key_type <> 'test'
    group by 1, 2, 3 order by 1, 2, 3`.execute(handle);
  return rows;
}

export interface TemplateMonth {
  template_id: string;
  name: string;
  type: string;
  is_precompiled_letter: boolean;
  month: number;
  year: number;
  count: number;
}

/** Use of templates month by month: of recorded days before `today`, and of today from the messages themselves. */
export async function countTemplatesByMonth(
  handle: Handle,
  of: { serviceId: string; from: string; to: string; today: string; since: Date },
): Promise<TemplateMonth[]> {
  const isTodayAsked = of.today >= of.from && of.today <= of.to;
  const { rows } = await sql<TemplateMonth>`
    select t.id as template_id, t.name, t.template_type as type,
      t.hidden and t.name = 'Pre-compiled PDF' as is_precompiled_letter,
      extract(month from c.day)::int as month, extract(year from c.day)::int as year, sum(c.count)::int as count
    from (
      select template_id, date_trunc('month', bst_date)::date as day, sum(notification_count) as count
      from notify.ft_notification_status
      where service_id = ${of.serviceId} and bst_date >= ${of.from}::date and bst_date <= ${of.to}::date
        and bst_date < ${of.today}::date and key_type <> 'test' and notification_status <> 'cancelled'
      group by 1, 2
      union all
      select template_id, date_trunc('month', ${of.today}::date)::date, count(*)
      from notify.notifications
      where ${isTodayAsked}::boolean and service_id = ${of.serviceId} and key_type = any(array['normal', 'team'])
        and created_at >= ${of.since} and notification_status <> 'cancelled'
      group by 1
    ) c join notify.templates t on t.id = c.template_id
    group by t.id, t.name, t.template_type, t.hidden, 5, 6
    order by 6, 5, t.name, t.id`.execute(handle);
  return rows;
}
