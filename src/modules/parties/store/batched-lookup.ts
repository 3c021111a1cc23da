// Look-ups that arrive while a statement runs wait and share the next one: a statement costs about the same for one key
// and for ten, so its cost per look-up falls as load grows, and a lone look-up still goes at once.

export type Lookup = (key: string) => Promise<string | undefined>;

interface Waiting {
  key: string;
  resolve: (body: string | undefined) => void;
  reject: (error: unknown) => void;
}

/** Most keys of one statement: answers stay small and none waits for thousands of others. */
const MAX_KEYS = 200;

export function createBatchedLookup(options: {
  /** Finds what there is; keys that are absent from the map do not exist. */
  find: (keys: string[]) => Promise<Map<string, string>>;
  maxConcurrent: number;
}): Lookup {
  const { find, maxConcurrent } = options;
  let waiting: Waiting[] = [];
  let running = 0;
  let isScheduled = false;

  function schedule(): void {
    if (isScheduled || waiting.length === 0 || running >= maxConcurrent) return;
    isScheduled = true;
    // Everything that the current turn of the event loop reads from its sockets goes together.
    setImmediate(start);
  }

  function start(): void {
    isScheduled = false;
    while (waiting.length > 0 && running < maxConcurrent) {
      const group = waiting.slice(0, MAX_KEYS);
      waiting = waiting.slice(MAX_KEYS);
      running += 1;
      void answer(group);
    }
  }

  async function answer(group: Waiting[]): Promise<void> {
    try {
      const found = await find(group.map((member) => member.key));
      for (const member of group) member.resolve(found.get(member.key));
    } catch (error) {
      for (const member of group) member.reject(error);
    } finally {
      running -= 1;
      schedule();
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      schedule();
    });
}
