import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import { DEFAULT_RETENTION_DAYS, HISTORY_COLUMNS } from './retention-queries.ts';

/** Up to where texts and emails that are kept for so many days have been walked over; undefined before the first walk. */
export async function readWalk(handle: Handle, days: number): Promise<string | undefined> {
  const { rows } = await sql<{ walked_to: string }>`
    select walked_to from notify.retention_walks where days = ${days}`.execute(handle);
  return rows[0]?.walked_to;
}

export async function moveWalk(handle: Handle, days: number, to: string): Promise<void> {
  await sql`
    insert into notify.retention_walks as w (days, walked_to) values (${days}, ${to})
    on conflict (days) do update set walked_to = greatest(w.walked_to, excluded.walked_to)`.execute(handle);
}

/** Every number of days that services keep texts or emails, the usual one first. */
export async function listWalks(handle: Handle): Promise<number[]> {
  const { rows } = await sql<{ days: number }>`
    select distinct days_of_retention as days from notify.data_retention
    where notification_type <> 'letter' and days_of_retention <> ${DEFAULT_RETENTION_DAYS}
    order by 1`.execute(handle);
  return [DEFAULT_RETENTION_DAYS, ...rows.map((row) => row.days)];
}

export interface Step {
  /** Ids between them, the first one not included. */
  after: string;
  to: string;
  /** Rows to walk over at most. */
  limit: number;
  /** Only what was made before, and is kept for so many days. */
  before: Date;
  days: number;
}

export interface Walked {
  /** Rows that are gone from the live table now. */
  count: number;
  /** The last id that was walked over; null at the end. */
  last: string | null;
}

/**
 * Texts and emails among the next rows by id leave the live table: into history, or for good where they were tests. Letters
 * stay, and so does what is kept for another time. Rows that another transaction holds
 * are passed over, and what is written to history is what was last true. Ids being in order, 2,000 rows lie on about 100
 * pages of the table and go to the right edges of history's indexes; chosen by service they lay on 2,000 pages.
 */
export async function archiveStep(handle: Handle, step: Step): Promise<Walked> {
  const range = sql`n.id > ${step.after} and n.id <= coalesce((select id from last), ${step.to}::uuid)`;
  const { rows } = await sql<Walked>`
    with last as materialized (
      select id from notify.notifications where id > ${step.after} and id <= ${step.to}
      order by id offset ${step.limit - 1} limit 1
    ),
    chosen as materialized (
      select ${HISTORY_COLUMNS} from notify.notifications n
        left join (
          select service_id as owner, notification_type as channel, days_of_retention from notify.data_retention
        ) as r on r.owner = n.service_id and r.channel = n.notification_type
      where ${range} and n.created_at < ${step.before} and n.notification_type <> 'letter'
        and coalesce(r.days_of_retention, ${DEFAULT_RETENTION_DAYS}) = ${step.days}
      for update of n skip locked
    ),
    archived as (
      insert into notify.notification_history (${HISTORY_COLUMNS})
      select ${HISTORY_COLUMNS} from chosen where key_type <> 'test'
      on conflict (id) do nothing
    ),
    removed as (
      delete from notify.notifications n using chosen where n.id = chosen.id and ${range}
      returning 1
    )
    select (select count(*)::int from removed) as count, (select id from last) as last`.execute(handle);
  const [walked] = rows;
  if (!walked) throw new Error('A step of retention gave no answer');
  return walked;
}

/**
 * For how long the oldest text or email of the last minute has waited for its first attempt, in milliseconds. What waits
 * for longer has tried in vain or belongs to a large bulk send; tests are no measure.
 */
export async function findLongestWait(handle: Handle, now: Date): Promise<number> {
  const since = new Date(now.getTime() - 60_000);
  const { rows } = await sql<{ oldest: Date | null }>`
    select min(o.created_at) as oldest
    from (values ('sms'), ('email')) as t(type),
      lateral (
        select n.created_at from notify.notifications n
        where n.notification_type = t.type and n.notification_status = 'created' and n.created_at > ${since}
          and n.key_type <> 'test' and n.send_attempts = 0
        order by n.created_at limit 1
      ) as o`.execute(handle);
  const oldest = rows[0]?.oldest;
  return oldest ? Math.max(0, now.getTime() - oldest.getTime()) : 0;
}
