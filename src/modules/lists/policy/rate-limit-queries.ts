import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Counts one use in the running window of `key` and returns how many it has, this one included. */
export async function countUse(
  handle: Handle,
  key: string,
  now: Date,
  windowEndsAt: Date,
): Promise<{ used: number; ends_at: Date }> {
  const { rows } = await sql<{ used: number; ends_at: Date }>`
    insert into lists.rate_windows as rate (key, used, ends_at) values (${key}, 1, ${windowEndsAt})
    on conflict (key) do update set
      used = case when rate.ends_at <= ${now} then 1 else rate.used + 1 end,
      ends_at = case when rate.ends_at <= ${now} then excluded.ends_at else rate.ends_at end
    returning used, ends_at
  `.execute(handle);
  return rows[0] ?? { used: 1, ends_at: windowEndsAt };
}

export async function selectUse(
  handle: Handle,
  key: string,
): Promise<{ used: number; ends_at: Date } | undefined> {
  const { rows } = await sql<{ used: number; ends_at: Date }>`
    select used, ends_at from lists.rate_windows where key = ${key}
  `.execute(handle);
  return rows[0];
}

/** Begins a window anew, with nothing used. */
export async function openWindow(handle: Handle, key: string, endsAt: Date): Promise<void> {
  await sql`
    insert into lists.rate_windows (key, used, ends_at) values (${key}, 0, ${endsAt})
    on conflict (key) do update set used = 0, ends_at = excluded.ends_at
  `.execute(handle);
}

/** Counts one use of a window that was opened, ended or not; undefined where none was. */
export async function countUseOfOpen(
  handle: Handle,
  key: string,
): Promise<{ used: number; ends_at: Date } | undefined> {
  const { rows } = await sql<{ used: number; ends_at: Date }>`
    update lists.rate_windows set used = used + 1 where key = ${key} returning used, ends_at
  `.execute(handle);
  return rows[0];
}

export async function deleteEndedWindows(handle: Handle, now: Date): Promise<number> {
  const result = await sql`delete from lists.rate_windows where ends_at <= ${now}`.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}
