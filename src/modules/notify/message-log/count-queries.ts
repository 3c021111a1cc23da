import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface StatusCount {
  service_id: string;
  notification_type: string;
  notification_status: string;
  count: number;
}

/** Messages since a moment by service, channel and status; test keys only where `withTestKeys`. */
export async function countByStatus(
  handle: Handle,
  filter: { serviceIds: readonly string[] | undefined; since: Date; until?: Date; withTestKeys: boolean },
): Promise<StatusCount[]> {
  const conditions = [
    sql`created_at >= ${filter.since}`,
    ...(filter.until === undefined ? [] : [sql`created_at < ${filter.until}`]),
    sql`key_type = any(${filter.withTestKeys ? ['normal', 'team', 'test'] : ['normal', 'team']}::text[])`,
    ...(filter.serviceIds === undefined ? [] : [sql`service_id = any(${[...filter.serviceIds]}::uuid[])`]),
  ];
  const { rows } = await sql<StatusCount>`
    select service_id, notification_type, notification_status, count(*)::int as count
    from notify.notifications where ${sql.join(conditions, sql` and `)}
    group by service_id, notification_type, notification_status`.execute(handle);
  return rows;
}

/** Of the London days from `from` to the one before `before`, as the nights recorded them. */
export async function countFactsByStatus(
  handle: Handle,
  filter: { serviceId: string; from: string; before: string },
): Promise<StatusCount[]> {
  const { rows } = await sql<StatusCount>`
    select service_id, notification_type, notification_status, sum(notification_count)::int as count
    from notify.ft_notification_status
    where service_id = ${filter.serviceId} and bst_date >= ${filter.from}::date and bst_date < ${filter.before}::date
      and key_type <> 'test'
    group by service_id, notification_type, notification_status`.execute(handle);
  return rows;
}

export interface TemplateCount {
  template_id: string;
  template_name: string;
  template_type: string;
  is_precompiled_letter: boolean;
  status: string;
  count: number;
}

/** Messages by template and status, the most used first: from `since` on, and of the recorded days from `from` on. */
export async function countByTemplate(
  handle: Handle,
  filter: { serviceId: string; since: Date; from: string; before: string },
): Promise<TemplateCount[]> {
  const { rows } = await sql<TemplateCount>`
    select t.id as template_id, t.name as template_name, t.template_type,
      t.hidden and t.name = 'Pre-compiled PDF' as is_precompiled_letter, c.status, sum(c.count)::int as count
    from (
      select template_id, notification_status as status, count(*) as count
      from notify.notifications
      where service_id = ${filter.serviceId} and key_type = any(array['normal', 'team'])
        and created_at >= ${filter.since}
      group by template_id, notification_status
      union all
      select template_id, notification_status, sum(notification_count)
      from notify.ft_notification_status
      where service_id = ${filter.serviceId} and key_type <> 'test' and bst_date >= ${filter.from}::date
        and bst_date < ${filter.before}::date
      group by template_id, notification_status
    ) c join notify.templates t on t.id = c.template_id
    group by t.id, c.status
    order by count desc, t.name`.execute(handle);
  return rows;
}

export interface LastUse {
  today: Date | null;
  /** The newest day with facts. */
  day: string | null;
}

/** When a template was last used within a year of `from`. */
export async function findLastUse(
  handle: Handle,
  use: { serviceId: string; templateId: string; since: Date; from: string },
): Promise<LastUse> {
  const { rows } = await sql<LastUse>`
    select
      (select max(created_at) from notify.notifications
        where service_id = ${use.serviceId} and key_type = any(array['normal', 'team'])
          and created_at >= ${use.since} and template_id = ${use.templateId}) as today,
      (select max(bst_date)::text from notify.ft_notification_status
        where template_id = ${use.templateId} and service_id = ${use.serviceId} and key_type <> 'test'
          and bst_date >= ${use.from}::date) as day`.execute(handle);
  return rows[0] ?? { today: null, day: null };
}
