import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { BulkSendStatus } from './bulk-sends.ts';

/** Returns whether this call moved it on. */
export async function changeBulkStatus(
  handle: Handle,
  change: { id: string; from: readonly BulkSendStatus[]; to: BulkSendStatus; now: Date },
): Promise<boolean> {
  const { to, now } = change;
  const isStart = to === 'in progress';
  const isEnd = to === 'finished' || to === 'sending limits exceeded';
  const { numAffectedRows } = await sql`
    update notify.bulk_sends
    set status = ${to}, updated_at = ${now},
      processing_started = case when ${isStart} then ${now}::timestamptz else processing_started end,
      processing_finished = case when ${isEnd} then ${now}::timestamptz else processing_finished end
    where id = ${change.id} and status = any(${[...change.from]}::text[])`.execute(handle);
  return numAffectedRows === 1n;
}

/** Claims the next page of rows: true when they are still to be made, in which case the caller's transaction makes them. */
export async function moveNextRow(
  handle: Handle,
  page: { id: string; from: number; to: number; now: Date },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.bulk_sends set next_row = ${page.to}, updated_at = ${page.now}
    where id = ${page.id} and next_row = ${page.from} and status = 'in progress'`.execute(handle);
  return numAffectedRows === 1n;
}

/** Bulk sends whose time has come, locked so that none is started twice. */
export async function takeDueBulkSends(
  handle: Handle,
  now: Date,
): Promise<{ id: string; service_id: string; correlation_id: string | null }[]> {
  const { rows } = await sql<{ id: string; service_id: string; correlation_id: string | null }>`
    with due as (
      select id from notify.bulk_sends where status = 'scheduled' and scheduled_for <= ${now}
      order by scheduled_for limit 1000 for update skip locked
    )
    update notify.bulk_sends b set status = 'pending', updated_at = ${now} from due where b.id = due.id
    returning b.id, b.service_id, b.correlation_id`.execute(handle);
  return rows;
}

/** Bulk sends that began, or should have, so long ago that their worker must have died without a trace. */
export async function takeStuckBulkSends(
  handle: Handle,
  window: { before: Date; since: Date; now: Date },
): Promise<{ id: string; service_id: string; correlation_id: string | null }[]> {
  const { rows } = await sql<{ id: string; service_id: string; correlation_id: string | null }>`
    with stuck as (
      select id from notify.bulk_sends
      where (status = 'in progress' and updated_at < ${window.before} and processing_started >= ${window.since})
        or (status = 'pending' and coalesce(scheduled_for, created_at) < ${window.before}
          and coalesce(scheduled_for, created_at) >= ${window.since})
      limit 1000 for update skip locked
    )
    update notify.bulk_sends b set status = 'error', updated_at = ${window.now} from stuck where b.id = stuck.id
    returning b.id, b.service_id, b.correlation_id`.execute(handle);
  return rows;
}

/** Marks those as complete whose messages are all there; returns how many. */
export async function completeBulkSends(
  handle: Handle,
  window: { finishedSince: Date; finishedBefore: Date; now: Date; id?: string },
): Promise<number> {
  const { numAffectedRows } = await sql`
    update notify.bulk_sends b set status = 'finished all notifications created', updated_at = ${window.now}
    where b.status = 'finished' and b.processing_finished >= ${window.finishedSince}
      and b.processing_finished <= ${window.finishedBefore}
      ${window.id === undefined ? sql`` : sql`and b.id = ${window.id}`}
      and b.notification_count = (select count(*) from notify.notifications n where n.job_id = b.id)
        + (select count(*) from notify.notification_history h where h.job_id = b.id)`.execute(handle);
  return Number(numAffectedRows ?? 0n);
}

/** Finished bulk sends of which messages are missing, with the rows. */
export async function findMissingRows(
  handle: Handle,
  window: { finishedSince: Date; finishedBefore: Date },
): Promise<{ id: string; rows: number[] }[]> {
  const { rows } = await sql<{ id: string; rows: number[] }>`
    select b.id, array_agg(wanted.row order by wanted.row) as rows
    from notify.bulk_sends b
      cross join lateral generate_series(0, b.notification_count - 1) as wanted(row)
      left join notify.notifications n on n.job_id = b.id and n.job_row_number = wanted.row
    where b.status = 'finished' and not b.archived and b.processing_finished >= ${window.finishedSince}
      and b.processing_finished <= ${window.finishedBefore} and n.id is null
    group by b.id`.execute(handle);
  return rows;
}
