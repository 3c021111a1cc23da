import { type Command, CommandError } from './command.ts';
import { trimMemory, trimMemoryWhenIdle } from './trim-memory.ts';

/**
 * Runs until SIGINT, SIGTERM or the end of the process that started this one, then `stop`s. A parent that died without
 * a word (kill -9) shows as a closed channel.
 */
export async function runUntilStopped(stop: () => Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.once('SIGINT', resolve);
  process.once('SIGTERM', resolve);
  process.once('disconnect', resolve);
  await promise;
  // A second signal while stopping must not kill us half way; the supervisor has its own time limit.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  await stop();
}

/** Set by `start` for its processes when it starts a database of its own, while which they load their code. */
export const DATABASE_URL_FOLLOWS = 'SIGNALBOX_DATABASE_URL_FOLLOWS';

/**
 * The database's URL, once `start` has its database running; undefined for a process that `start` gave no such promise.
 * When `start` ends without it, which it then explains, this process ends as well, without a word.
 */
export async function waitForSupervisor(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (environment[DATABASE_URL_FOLLOWS] === undefined) return undefined;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const end = () => reject(new CommandError(''));
  process.once('message', (message: { databaseUrl: string }) => resolve(message.databaseUrl));
  process.once('disconnect', end);
  if (!process.connected) end();
  try {
    return await promise;
  } finally {
    process.off('disconnect', end);
  }
}

/** By then the first health checks and connections have been dealt with. */
const SETTLED_MS = 5_000;

/** Tells the supervisor, if there is one, that this process is ready. */
export function reportReady(facts: Record<string, unknown>): void {
  process.send?.({ ready: true, ...facts });
  setTimeout(() => {
    trimMemory();
    trimMemoryWhenIdle();
  }, SETTLED_MS).unref();
}

export const noOptions: Command['options'] = {};
