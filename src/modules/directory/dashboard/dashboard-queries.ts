import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** What was counted under one name. */
export interface SignalTotal {
  name: string;
  count: number;
  total: number;
  maximum: number;
}

/** Sums of every signal of these environments since a moment. */
export async function sumSignals(
  handle: Handle,
  environments: readonly string[],
  since: Date,
): Promise<Map<string, SignalTotal>> {
  const { rows } = await sql<SignalTotal>`
    select name, sum(count)::float8 as count, sum(total) as total, max(maximum) as maximum
    from directory.signals where environment = any(${environments}) and slot > ${since}
    group by name`.execute(handle);
  return new Map(rows.map((row) => [row.name, row]));
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
