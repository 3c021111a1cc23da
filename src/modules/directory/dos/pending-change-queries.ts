import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import { MODIFIED_BY } from '../service-history/service-history.ts';

/** An edit that a person proposed and nobody has approved yet (6.9). Contains personal data: never log it whole. */
export interface PendingChange {
  id: string;
  value: string;
  creatorName: string;
  userId: number;
  userEmail: string | null;
  serviceId: number;
  serviceUid: string;
  serviceName: string;
}

/** The pending changes of services; one whose author is no user of DoS is not seen (6.9). */
export async function findPendingChanges(
  handle: Handle,
  serviceIds: readonly number[],
): Promise<PendingChange[]> {
  const { rows } = await sql<PendingChange>`
    select c.id, c.value, c.creatorsname as "creatorName", u.id as "userId", u.email as "userEmail",
      s.id as "serviceId", s.uid as "serviceUid", s.name as "serviceName"
    from changes c
    join users u on u.username = c.creatorsname
    join services s on s.id = c.serviceid
    where c.serviceid = any(${serviceIds}::int[]) and c.approvestatus = 'PENDING'
    order by c.serviceid, c.createdtimestamp, c.id`.execute(handle);
  return rows;
}

/** The given changes that were rejected by us at just that second, whoever else rejected others (D-02). */
export async function findRejectedChanges(
  handle: Handle,
  rejections: readonly { changeId: string; rejectedAt: Date }[],
): Promise<PendingChange[]> {
  const { rows } = await sql<PendingChange>`
    select c.id, c.value, c.creatorsname as "creatorName", u.id as "userId", u.email as "userEmail",
      s.id as "serviceId", s.uid as "serviceUid", s.name as "serviceName"
    from unnest(${rejections.map(({ changeId }) => changeId)}::text[],
      ${rejections.map(({ rejectedAt }) => rejectedAt)}::timestamptz[]) as ours (id, rejected_at)
    join changes c on c.id = ours.id and c.approvestatus = 'REJECTED' and c.modifiersname = ${MODIFIED_BY}
      and c.modifiedtimestamp = ours.rejected_at
    join users u on u.username = c.creatorsname
    join services s on s.id = c.serviceid
    order by c.id`.execute(handle);
  return rows;
}

/** Whom an e-mail about a rejected change goes to. */
export async function findUser(
  handle: Handle,
  id: number,
): Promise<{ name: string; email: string | null } | undefined> {
  const { rows } = await sql<{ name: string; email: string | null }>`
    select username as name, email from users where id = ${id}`.execute(handle);
  return rows[0];
}

/** Rejects changes that are still pending and returns the ids of those that were. */
export async function rejectPendingChanges(
  handle: Handle,
  ids: readonly string[],
  now: Date,
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    update changes
    set approvestatus = 'REJECTED', modifiedtimestamp = ${now}, modifiersname = ${MODIFIED_BY}
    where id = any(${ids}::text[]) and approvestatus = 'PENDING'
    returning id`.execute(handle);
  return new Set(rows.map(({ id }) => id));
}
