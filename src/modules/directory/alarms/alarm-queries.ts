import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface AlarmState {
  name: string;
  isAlarm: boolean;
  since: Date;
  checkedAt: Date;
}

/** Makes the rows that are missing, and locks all: of two processes that check at once the second finds the first's work. */
export async function lockAlarms(
  handle: Handle,
  names: string[],
  now: Date,
): Promise<Map<string, AlarmState>> {
  await sql`
    insert into directory.alarms (name, is_alarm, since, checked_at)
    select name, false, ${now}, ${now} from unnest(${names}::text[]) as name
    order by name
    on conflict (name) do nothing
  `.execute(handle);
  const { rows } = await sql<AlarmState>`
    select name, is_alarm as "isAlarm", since, checked_at as "checkedAt" from directory.alarms
    where name = any(${names}::text[]) order by name for update
  `.execute(handle);
  return new Map(rows.map((row) => [row.name, row]));
}

export async function updateAlarms(
  handle: Handle,
  states: { name: string; isAlarm: boolean }[],
  now: Date,
): Promise<void> {
  await sql`
    update directory.alarms a
    set since = case when a.is_alarm = found.is_alarm then a.since else ${now} end,
      is_alarm = found.is_alarm, checked_at = ${now}
    from json_to_recordset(${JSON.stringify(states.map(({ name, isAlarm }) => ({ name, is_alarm: isAlarm })))}::json)
      as found (name text, is_alarm boolean)
    where a.name = found.name
  `.execute(handle);
}

/** When the alarms were last evaluated; null before the first time. */
export async function selectLastCheck(handle: Handle): Promise<Date | null> {
  const { rows } = await sql<{ last: Date | null }>`
    select max(checked_at) as last from directory.alarms
  `.execute(handle);
  return rows[0]?.last ?? null;
}

export async function selectAlarms(handle: Handle): Promise<AlarmState[]> {
  const { rows } = await sql<AlarmState>`
    select name, is_alarm as "isAlarm", since, checked_at as "checkedAt" from directory.alarms
    order by is_alarm desc, name
  `.execute(handle);
  return rows;
}
