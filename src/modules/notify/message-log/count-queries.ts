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

export interface TemplateCount {
  template_id: string;
  template_name: string;
  template_type: string;
  is_precompiled_letter: boolean;
  status: string;
  count: number;
}

/** Messages of a service since a moment by template and status, the most used first. */
export async function countByTemplate(
  handle: Handle,
  filter: { serviceId: string; since: Date },
): Promise<TemplateCount[]> {
  const { rows } = await sql<TemplateCount>`
    select c.template_id, t.name as template_name, t.template_type,
      t.hidden and t.name = 'Pre-compiled PDF' as is_precompiled_letter, c.notification_status as status, c.count
    from (
      select template_id, notification_status, count(*)::int as count
      from notify.notifications
      where service_id = ${filter.serviceId} and key_type = any(array['normal', 'team'])
        and created_at >= ${filter.since}
      group by template_id, notification_status
    ) c join notify.templates t on t.id = c.template_id
    order by c.count desc, t.name`.execute(handle);
  return rows;
}

/** When a template was last used, while its messages are kept. */
export async function findLastUse(
  handle: Handle,
  serviceId: string,
  templateId: string,
): Promise<Date | undefined> {
  const { rows } = await sql<{ created_at: Date }>`
    select created_at from notify.notifications
    where service_id = ${serviceId} and key_type = any(array['normal', 'team']) and template_id = ${templateId}
    order by created_at desc limit 1`.execute(handle);
  return rows[0]?.created_at;
}
