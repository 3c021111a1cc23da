import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface SignalSum {
  environment: string;
  name: string;
  slot: Date;
  count: number;
  total: number;
  maximum: number;
}

/** Adds to what other processes have counted; in order of the key, so that two of them cannot wait for each other. */
export async function upsertSignals(handle: Handle, sums: SignalSum[]): Promise<void> {
  await sql`
    insert into directory.signals as known (environment, name, slot, count, total, maximum)
    select environment, name, slot, count, total, maximum
    from json_to_recordset(${JSON.stringify(sums)}::json) as added (environment text, name text, slot timestamptz,
      count bigint, total float8, maximum float8)
    order by environment, name, slot
    on conflict (environment, name, slot) do update
    set count = known.count + excluded.count, total = known.total + excluded.total,
      maximum = greatest(known.maximum, excluded.maximum)
  `.execute(handle);
}

/** One look back: `of` windows of `seconds`, the last ending now. */
export interface SignalWindow {
  environment: string;
  name: string;
  seconds: number;
  of: number;
}

export interface WindowSum {
  name: string;
  environment: string;
  seconds: number;
  /** 0 is the window that ends now. */
  place: number;
  count: number;
  total: number;
  maximum: number;
}

/** The sums of each window that holds anything; every window is a range of the primary key. */
export async function sumWindows(handle: Handle, windows: SignalWindow[], now: Date): Promise<WindowSum[]> {
  const { rows } = await sql<WindowSum>`
    select w.name, w.environment, w.seconds, place, sum(s.count)::float8 as count, sum(s.total) as total,
      max(s.maximum) as maximum
    from json_to_recordset(${JSON.stringify(windows)}::json)
      as w (environment text, name text, seconds int, "of" int)
    cross join lateral generate_series(0, w."of" - 1) as place
    join directory.signals s on s.environment = w.environment and s.name = w.name
      and s.slot > ${now}::timestamptz - make_interval(secs => (place + 1) * w.seconds)
      and s.slot <= ${now}::timestamptz - make_interval(secs => place * w.seconds)
    group by w.name, w.environment, w.seconds, place
  `.execute(handle);
  return rows;
}

/** Slots before `before` become one for five minutes each. */
export async function addUpSignals(handle: Handle, before: Date): Promise<void> {
  await sql`
    with fine as (
      delete from directory.signals
      where slot < date_bin('5 minutes', ${before}::timestamptz, timestamptz 'epoch')
        and slot <> date_bin('5 minutes', slot, timestamptz 'epoch')
      returning *
    )
    insert into directory.signals as known (environment, name, slot, count, total, maximum)
    select environment, name, date_bin('5 minutes', slot, timestamptz 'epoch') as rough, sum(count), sum(total),
      max(maximum)
    from fine group by environment, name, rough order by environment, name, rough
    on conflict (environment, name, slot) do update
    set count = known.count + excluded.count, total = known.total + excluded.total,
      maximum = greatest(known.maximum, excluded.maximum)
  `.execute(handle);
}

export async function deleteOldSignals(handle: Handle, before: Date): Promise<void> {
  await sql`delete from directory.signals where slot < ${before}`.execute(handle);
}
