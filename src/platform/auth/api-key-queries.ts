import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { AuthTables } from './tables.ts';

export interface ApiKeyRow {
  id: string;
  owner: string;
  name: string;
  key_hash: Buffer;
  created_at: Date;
  changed_at: Date;
  revoked_at: Date | null;
}

const COLUMNS = ['id', 'owner', 'name', 'key_hash', 'created_at', 'changed_at', 'revoked_at'] as const;

/** `created`, `changed`, or undefined when the same key stood there already. */
export async function upsertApiKey(
  handle: Handle<AuthTables>,
  row: { owner: string; name: string; key_hash: Buffer },
): Promise<'created' | 'changed' | undefined> {
  const result = await sql<{ is_new: boolean }>`
    insert into platform.api_keys as api_key (owner, name, key_hash)
    values (${row.owner}, ${row.name}, ${row.key_hash})
    on conflict (owner, name) do update
      set key_hash = excluded.key_hash, changed_at = now(), revoked_at = null
      where api_key.key_hash <> excluded.key_hash or api_key.revoked_at is not null
    returning created_at = changed_at as is_new
  `.execute(handle);
  const [stored] = result.rows;
  if (!stored) return undefined;
  return stored.is_new ? 'created' : 'changed';
}

export async function selectApiKeyByHash(
  handle: Handle<AuthTables>,
  owner: string,
  keyHash: Buffer,
): Promise<ApiKeyRow | undefined> {
  return handle
    .selectFrom('platform.api_keys')
    .select(COLUMNS)
    .where('owner', '=', owner)
    .where('key_hash', '=', keyHash)
    .where('revoked_at', 'is', null)
    .orderBy('name')
    .limit(1)
    .executeTakeFirst();
}

export async function selectApiKeys(handle: Handle<AuthTables>, owner: string): Promise<ApiKeyRow[]> {
  return handle
    .selectFrom('platform.api_keys')
    .select(COLUMNS)
    .where('owner', '=', owner)
    .orderBy('name')
    .execute();
}

export async function updateRevoked(
  handle: Handle<AuthTables>,
  owner: string,
  name: string,
): Promise<boolean> {
  const result = await handle
    .updateTable('platform.api_keys')
    .set({ revoked_at: sql<Date>`now()` })
    .where('owner', '=', owner)
    .where('name', '=', name)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
