import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { ReceivedTextRow } from './received-text-queries.ts';

const COLUMNS = sql.raw('id, service_id, notify_number, user_number, provider_date, content, created_at');

/** Texts since a moment, newest first; of one sender where `userNumber` is given. */
export async function listInbox(
  handle: Handle,
  filter: { serviceId: string; since: Date; userNumber?: string | undefined; limit: number },
): Promise<ReceivedTextRow[]> {
  const { rows } = await sql<ReceivedTextRow>`
    select ${COLUMNS} from notify.inbound_sms
    where service_id = ${filter.serviceId} and created_at >= ${filter.since}
      and ${filter.userNumber === undefined ? sql`true` : sql`user_number = ${filter.userNumber}`}
    order by created_at desc, id desc limit ${filter.limit}`.execute(handle);
  return rows;
}

/** The newest text of each sender, newest first. */
export async function listNewestBySender(
  handle: Handle,
  filter: { serviceId: string; since: Date; limit: number; offset: number },
): Promise<ReceivedTextRow[]> {
  const { rows } = await sql<ReceivedTextRow>`
    select * from (
      select distinct on (user_number) ${COLUMNS} from notify.inbound_sms
      where service_id = ${filter.serviceId} and created_at >= ${filter.since}
      order by user_number, created_at desc, id desc
    ) newest order by created_at desc, id desc limit ${filter.limit} offset ${filter.offset}`.execute(handle);
  return rows;
}

export async function summariseInbox(
  handle: Handle,
  serviceId: string,
  since: Date,
): Promise<{ count: number; most_recent: Date | null }> {
  const { rows } = await sql<{ count: number; most_recent: Date | null }>`
    select count(*)::int as count, max(created_at) as most_recent from notify.inbound_sms
    where service_id = ${serviceId} and created_at >= ${since}`.execute(handle);
  return rows[0] ?? { count: 0, most_recent: null };
}

export interface InboundNumberRow {
  id: string;
  number: string;
  provider: string;
  service: { id: string; name: string } | null;
  active: boolean;
  created_at: Date;
  updated_at: Date | null;
}

export async function listInboundNumbers(
  handle: Handle,
  filter: { isAvailable?: boolean; serviceId?: string },
): Promise<InboundNumberRow[]> {
  const conditions = [
    sql`true`,
    ...(filter.isAvailable ? [sql`n.active and n.service_id is null`] : []),
    ...(filter.serviceId === undefined ? [] : [sql`n.service_id = ${filter.serviceId}`]),
  ];
  const { rows } = await sql<InboundNumberRow>`
    select n.id, n.number, n.provider, n.active, n.created_at, n.updated_at,
      case when s.id is null then null else json_build_object('id', s.id, 'name', s.name) end as service
    from notify.inbound_numbers n left join notify.services s on s.id = n.service_id
    where ${sql.join(conditions, sql` and `)} order by n.number`.execute(handle);
  return rows;
}
