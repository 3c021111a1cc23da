/** Keeps what `load` gave for a key for a short time; callers that ask together share one load. */
export interface TimedCache<V> {
  get(key: string): Promise<V>;
  clear(): void;
}

const MOST_ENTRIES = 20_000;

/** Time is that of the process, so a clock set by a test does not keep entries alive. */
export function createTimedCache<V>(ttlMs: number, load: (key: string) => Promise<V>): TimedCache<V> {
  const entries = new Map<string, { value: Promise<V>; until: number }>();
  return {
    get(key) {
      const now = performance.now();
      const known = entries.get(key);
      if (known && known.until > now) return known.value;
      if (entries.size >= MOST_ENTRIES) entries.clear();
      const value = load(key);
      const entry = { value, until: now + ttlMs };
      entries.set(key, entry);
      value.catch(() => {
        if (entries.get(key) === entry) entries.delete(key);
      });
      return value;
    },
    clear: () => entries.clear(),
  };
}
