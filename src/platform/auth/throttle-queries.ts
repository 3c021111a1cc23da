import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { AuthTables } from './tables.ts';

/** Counts one attempt and returns how many the running window has, this one included. */
export async function countAttempt(
  handle: Handle<AuthTables>,
  key: string,
  now: Date,
  windowEndsAt: Date,
): Promise<{ attempts: number; window_ends_at: Date }> {
  const result = await sql<{ attempts: number; window_ends_at: Date }>`
    insert into platform.sign_in_throttles as throttle (key, attempts, window_ends_at)
    values (${key}, 1, ${windowEndsAt})
    on conflict (key) do update set
      attempts = case when throttle.window_ends_at <= ${now} then 1 else throttle.attempts + 1 end,
      window_ends_at = case when throttle.window_ends_at <= ${now} then excluded.window_ends_at else throttle.window_ends_at end
    returning attempts, window_ends_at
  `.execute(handle);
  const [row] = result.rows;
  if (!row) throw new Error('Counting a sign-in attempt returned no row');
  return row;
}

export async function forgetAttempts(handle: Handle<AuthTables>, key: string): Promise<void> {
  await handle.deleteFrom('platform.sign_in_throttles').where('key', '=', key).execute();
}

export async function giveBackAttempt(handle: Handle<AuthTables>, key: string): Promise<void> {
  await handle
    .updateTable('platform.sign_in_throttles')
    .set((row) => ({ attempts: row('attempts', '-', 1) }))
    .where('key', '=', key)
    .where('attempts', '>', 0)
    .execute();
}

export async function deleteEndedThrottles(handle: Handle<AuthTables>, now: Date): Promise<void> {
  await handle.deleteFrom('platform.sign_in_throttles').where('window_ends_at', '<=', now).execute();
}
