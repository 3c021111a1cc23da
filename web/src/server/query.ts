// One cache of what the server said, by path. Small on purpose: a screen reads, an action marks paths as stale.
import { useEffect, useSyncExternalStore } from 'react';
import { type ApiError, api, asApiError } from './api.ts';

interface Entry {
  data?: unknown;
  error?: ApiError;
  isStale: boolean;
  isLoading: boolean;
}

export interface Query<T> {
  data: T | undefined;
  error: ApiError | undefined;
  reload: () => void;
}

const EMPTY: Entry = { isStale: true, isLoading: false };
const entries = new Map<string, Entry>();
const listeners = new Set<() => void>();

function put(path: string, change: Partial<Entry>): void {
  entries.set(path, { ...(entries.get(path) ?? EMPTY), ...change });
  for (const listener of listeners) listener();
}

async function load(path: string): Promise<void> {
  if (entries.get(path)?.isLoading) return;
  put(path, { isLoading: true, isStale: false });
  try {
    put(path, { data: await api('GET', path), error: undefined, isLoading: false });
  } catch (error) {
    put(path, { error: asApiError(error), isLoading: false });
  }
  // Marked stale while it was under way: what came may be the state before.
  if (entries.get(path)?.isStale) await load(path);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What GET of the path says, kept and shown again at once; fetched when it is new or stale. */
export function useQuery<T>(path: string): Query<T> {
  const entry = useSyncExternalStore(subscribe, () => entries.get(path) ?? EMPTY);
  const { isStale, isLoading } = entry;
  useEffect(() => {
    if (isStale && !isLoading) void load(path);
  }, [path, isStale, isLoading]);
  // The caller names the shape that the path answers with.
  return {
    data: entry.data as T | undefined,
    error: entry.error,
    reload: () => put(path, { isStale: true }),
  };
}

/** Everything whose path begins with one of these is asked for again when it is shown. */
export function markStale(...prefixes: string[]): void {
  for (const path of entries.keys()) {
    if (prefixes.some((prefix) => path.startsWith(prefix))) put(path, { isStale: true });
  }
}

/** Forgets everything: somebody else is signed in now. */
export function forgetAll(): void {
  entries.clear();
  for (const listener of listeners) listener();
}
