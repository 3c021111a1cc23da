import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export async function selectLookup(
  handle: Handle,
  urlHash: Buffer,
  since: Date,
): Promise<Record<string, string> | undefined> {
  const { rows } = await sql<{ answer: Record<string, string> }>`
    select answer from lists.page_lookups where url_hash = ${urlHash} and looked_up_at > ${since}
  `.execute(handle);
  return rows[0]?.answer;
}

export async function upsertLookup(
  handle: Handle,
  urlHash: Buffer,
  answer: Record<string, string>,
  now: Date,
): Promise<void> {
  await sql`
    insert into lists.page_lookups (url_hash, answer, looked_up_at)
    values (${urlHash}, ${JSON.stringify(answer)}::jsonb, ${now})
    on conflict (url_hash) do update set answer = excluded.answer, looked_up_at = excluded.looked_up_at
  `.execute(handle);
}

export async function deleteOldLookups(handle: Handle, before: Date): Promise<number> {
  const result = await sql`delete from lists.page_lookups where looked_up_at < ${before}`.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}
