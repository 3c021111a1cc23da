import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** What was counted under one name. */
export interface SignalTotal {
  name: string;
  count: number;
  total: number;
  maximum: number;
}

/** Sums of every signal of these environments since a moment, and until another when it is given. */
export async function sumSignals(
  handle: Handle,
  environments: readonly string[],
  since: Date,
  until: Date | null = null,
): Promise<Map<string, SignalTotal>> {
  const { rows } = await sql<SignalTotal>`
    select name, sum(count)::float8 as count, sum(total) as total, max(maximum) as maximum
    from directory.signals where environment = any(${environments}) and slot > ${since}
      and (${until}::timestamptz is null or slot <= ${until})
    group by name`.execute(handle);
  return new Map(rows.map((row) => [row.name, row]));
}

/** The newest slot of each of these signals: when it was last counted, and its greatest value then. */
export async function listNewestSignals(
  handle: Handle,
  environments: readonly string[],
  names: readonly string[],
): Promise<{ name: string; at: Date; maximum: number }[]> {
  const { rows } = await sql<{ name: string; at: Date; maximum: number }>`
    select wanted.name, newest.slot as at, newest.maximum
    from unnest(${names}::text[]) as wanted (name)
    cross join lateral (
      select slot, maximum from directory.signals s
      where s.environment = any(${environments}) and s.name = wanted.name
      order by slot desc limit 1
    ) newest`.execute(handle);
  return rows;
}

export interface SignalColumn extends SignalTotal {
  at: Date;
}

/** Sums of some signals for each five minutes since a moment, oldest first. */
export async function listSignalColumns(
  handle: Handle,
  environments: readonly string[],
  { names, since }: { names: readonly string[]; since: Date },
): Promise<SignalColumn[]> {
  const { rows } = await sql<SignalColumn>`
    select name, date_bin('5 minutes', slot, timestamptz 'epoch') as at, sum(count)::float8 as count,
      sum(total) as total, max(maximum) as maximum
    from directory.signals
    where environment = any(${environments}) and name = any(${names}) and slot >= ${since}
    group by name, at order by at`.execute(handle);
  return rows;
}
