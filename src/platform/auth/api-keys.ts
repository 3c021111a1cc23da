import { timingSafeEqual } from 'node:crypto';
import { type Database, typed } from '#platform/db';
import {
  type ApiKeyRow,
  selectApiKeyByHash,
  selectApiKeys,
  updateRevoked,
  upsertApiKey,
} from './api-key-queries.ts';
import type { AuthTables } from './tables.ts';
import { hashToken } from './tokens.ts';

/** A key that programs call with. The key itself is known only to its holder. */
export interface ApiKey {
  id: string;
  /** The module, or the record of a module, that the key is for. */
  owner: string;
  name: string;
  createdAt: Date;
  revokedAt: Date | null;
}

export interface ApiKeyStore {
  /** Makes the named key be `key`; a revoked name comes back to life. */
  put(owner: string, name: string, key: string): Promise<'created' | 'unchanged' | 'changed'>;
  /** The key's record, or null. A change made elsewhere is seen within two seconds. */
  verify(owner: string, key: string): Promise<ApiKey | null>;
  list(owner: string): Promise<ApiKey[]>;
  /** False when there was no such key in use. */
  revoke(owner: string, name: string): Promise<boolean>;
}

const CACHE_MS = 2_000;
const CACHE_ENTRIES = 10_000;

/**
 * API keys in the platform's database. Keys are long random texts, so one SHA-256 is enough at rest; answers are kept
 * for two seconds, which spares a busy caller's every request a query.
 */
export function createApiKeyStore(db: Database): ApiKeyStore {
  const handle = typed<AuthTables>(db);
  const cache = new Map<string, { at: number; answer: Promise<ApiKey | null> }>();

  const verify: ApiKeyStore['verify'] = (owner, key) => {
    const cacheKey = `${owner}\n${key}`;
    const now = performance.now();
    const known = cache.get(cacheKey);
    if (known && now - known.at < CACHE_MS) return known.answer;
    // Guesses fill the cache too; starting afresh is cheaper than keeping an order of use.
    if (cache.size >= CACHE_ENTRIES) cache.clear();
    const answer = look(owner, hashToken(key));
    cache.set(cacheKey, { at: now, answer });
    answer.catch(() => cache.delete(cacheKey));
    return answer;
  };

  const look = async (owner: string, hash: Buffer): Promise<ApiKey | null> => {
    const row = await selectApiKeyByHash(handle, owner, hash);
    return row && timingSafeEqual(row.key_hash, hash) ? toApiKey(row) : null;
  };

  return {
    verify,
    put: async (owner, name, key) => {
      const change = await upsertApiKey(handle, { owner, name, key_hash: hashToken(key) });
      cache.clear();
      return change ?? 'unchanged';
    },
    list: async (owner) => (await selectApiKeys(handle, owner)).map(toApiKey),
    revoke: async (owner, name) => {
      const isRevoked = await updateRevoked(handle, owner, name);
      cache.clear();
      return isRevoked;
    },
  };
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    owner: row.owner,
    name: row.name,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  };
}
