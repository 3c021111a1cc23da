import type { ApiKeyStore } from '#platform/auth';
import type { Database } from '#platform/db';
import { selectPermissions } from './caller-queries.ts';
import type { Permission } from './permissions.ts';

/** The application behind a request, and which of its keys it used. */
export interface Caller {
  application: string;
  keyName: string;
  /** Undefined when it may do everything. */
  permissions: ReadonlySet<string> | undefined;
}

export interface Callers {
  /** Undefined when no application has this key. Answers without waiting where it was asked for lately. */
  find(key: string): Caller | undefined | Promise<Caller | undefined>;
}

export const API_KEY_OWNER = 'parties';
/** An application may have two live keys, so that it can change over without a gap. */
export const SECOND_KEY_SUFFIX = ' (second key)';

const CACHE_MS = 2_000;
const CACHE_KEYS = 10_000;

/** A change of keys or permissions is seen within four seconds: two here and two in the key store. */
export function createCallers(db: Database, apiKeys: ApiKeyStore): Callers {
  const cache = new Map<string, { until: number; caller: Caller | undefined }>();

  async function look(key: string): Promise<Caller | undefined> {
    const found = await apiKeys.verify(API_KEY_OWNER, key);
    const caller = found ? await callerOf(db, found.name) : undefined;
    // Guesses fill the cache too; starting afresh is cheaper than keeping an order of use.
    if (cache.size >= CACHE_KEYS) cache.clear();
    cache.set(key, { until: performance.now() + CACHE_MS, caller });
    return caller;
  }

  return {
    find: (key) => {
      const known = cache.get(key);
      return known && known.until > performance.now() ? known.caller : look(key);
    },
  };
}

/** The application that a key's name belongs to. */
export function applicationOf(keyName: string): string {
  return keyName.endsWith(SECOND_KEY_SUFFIX) ? keyName.slice(0, -SECOND_KEY_SUFFIX.length) : keyName;
}

async function callerOf(db: Database, keyName: string): Promise<Caller> {
  const application = applicationOf(keyName);
  const permissions = await selectPermissions(db.kysely, application);
  return { application, keyName, permissions: permissions && new Set(permissions) };
}

export function mayCall(caller: Caller, permission: Permission): boolean {
  return caller.permissions === undefined || caller.permissions.has(permission);
}
