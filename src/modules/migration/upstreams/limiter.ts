/** Lets at most `limit` pieces of work run at a time, in the order they came. */
export interface Limiter {
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createLimiter(limit: number): Limiter {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async run(work) {
      if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
      else running++;
      try {
        return await work();
      } finally {
        // The place goes straight to the next one, so nobody who comes in between overtakes.
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}
