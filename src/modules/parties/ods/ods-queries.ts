import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Whether an operator declared the code, or the directory confirmed it since `confirmedSince`. */
export async function isKnownCode(
  handle: Handle,
  code: string,
  confirmedSince: Date | undefined,
): Promise<boolean> {
  const result = await sql`
    select from parties.ods_codes
    where code = ${code}
      and (source = 'declared' or checked_at >= ${confirmedSince ?? 'infinity'}::timestamptz)
    limit 1
  `.execute(handle);
  return result.rows.length > 0;
}

export async function recordConfirmedCode(handle: Handle, code: string, now: Date): Promise<void> {
  await sql`
    insert into parties.ods_codes (code, source, checked_at) values (${code}, 'directory', ${now})
    on conflict (code, source) do update set checked_at = excluded.checked_at
  `.execute(handle);
}

/** Declares codes; returns those that were not declared before. */
export async function declareCodes(handle: Handle, codes: string[], now: Date): Promise<string[]> {
  const result = await sql<{ code: string }>`
    insert into parties.ods_codes (code, source, checked_at)
    select code, 'declared', ${now}::timestamptz from unnest(${codes}::text[]) as code
    on conflict do nothing
    returning code
  `.execute(handle);
  return result.rows.map((row) => row.code);
}

export async function selectDeclaredCodes(handle: Handle, codes: string[]): Promise<string[]> {
  const result = await sql<{ code: string }>`
    select code from parties.ods_codes where source = 'declared' and code = any(${codes}::text[])
  `.execute(handle);
  return result.rows.map((row) => row.code);
}
