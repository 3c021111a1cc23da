import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export async function selectSettings(handle: Handle): Promise<Record<string, unknown>> {
  const { rows } = await sql<{ name: string; value: unknown }>`
    select name, value from lists.settings
  `.execute(handle);
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

export async function upsertSetting(handle: Handle, name: string, value: unknown): Promise<void> {
  await sql`
    insert into lists.settings (name, value) values (${name}, ${JSON.stringify(value)}::jsonb)
    on conflict (name) do update set value = excluded.value, updated_at = now()
  `.execute(handle);
}

/** A small fact that tasks leave for their next run. */
export async function selectMark(
  handle: Handle,
  name: string,
): Promise<{ value: unknown; updated_at: Date } | undefined> {
  const { rows } = await sql<{ value: unknown; updated_at: Date }>`
    select value, updated_at from lists.marks where name = ${name}
  `.execute(handle);
  return rows[0];
}

export async function upsertMark(handle: Handle, name: string, value: unknown, now: Date): Promise<void> {
  await sql`
    insert into lists.marks (name, value, updated_at) values (${name}, ${JSON.stringify(value)}::jsonb, ${now})
    on conflict (name) do update set value = excluded.value, updated_at = excluded.updated_at
  `.execute(handle);
}
