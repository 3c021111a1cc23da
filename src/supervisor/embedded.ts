import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddedServer } from '#platform/db';

/** Starts the embedded PostgreSQL again whenever it ends by itself, until stopped. */
export function keepEmbeddedServerRunning(
  server: EmbeddedServer,
  note: (line: string) => void,
): { stop(): Promise<void> } {
  let isStopping = false;
  const loop = (async () => {
    for (let attempt = 0; ; attempt += 1) {
      const { code, signal } = await server.exited;
      if (isStopping) return;
      note(`PostgreSQL ended (${signal ?? `exit code ${code}`}); starting it again`);
      try {
        await server.restart();
        attempt = 0;
      } catch (error) {
        note(`PostgreSQL did not start: ${error instanceof Error ? error.message : error}`);
        await sleep(Math.min(500 * 2 ** attempt, 10_000));
      }
    }
  })();
  return {
    stop: async () => {
      isStopping = true;
      await server.stop();
      await loop;
    },
  };
}
