import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Refills the bucket by the time passed and takes up to `wanted` whole tokens; returns how many were there. */
export async function takeTokens(
  handle: Handle,
  bucket: { keyName: string; wanted: number; perSecond: number; burst: number },
): Promise<number> {
  const { keyName, wanted, perSecond, burst } = bucket;
  return handle.transaction().execute(async (trx: Handle) => {
    await sql`
      insert into directory.rate_limits (key_name, tokens, refilled_at) values (${keyName}, ${burst}, now())
      on conflict (key_name) do nothing
    `.execute(trx);
    const result = await sql<{ granted: number }>`
      with refilled as (
        select key_name,
          least(${burst}::float8, tokens + ${perSecond}::float8
            * extract(epoch from greatest(clock_timestamp() - refilled_at, interval '0'))) as tokens
        from directory.rate_limits where key_name = ${keyName} for update
      )
      update directory.rate_limits bucket
      set tokens = refilled.tokens - least(${wanted}::float8, floor(refilled.tokens)), refilled_at = clock_timestamp()
      from refilled
      where bucket.key_name = refilled.key_name
      returning least(${wanted}::float8, floor(refilled.tokens))::int as granted
    `.execute(trx);
    return result.rows[0]?.granted ?? 0;
  });
}
