import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** One supervised process: started again when it dies, with growing pauses, until it is stopped. */
export interface SupervisedChild {
  readonly name: string;
  /** Resolves with the first message the process sends, which says it is ready. */
  ready: Promise<Record<string, unknown>>;
  /** From now on its end is not a reason to start it again. */
  letEnd(): void;
  stop(): Promise<void>;
}

export interface ChildOptions {
  name: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /** What the process is told as soon as it is known, each time it is started. */
  message?: Promise<object> | undefined;
  /** Where standard output and error go: 'inherit' or an open file descriptor. */
  output: 'inherit' | number;
  note: (line: string) => void;
  /** Why it may have ended, where somebody knows. */
  explain?: () => string;
}

const STOP_MS = 20_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;
/** A process that ran this long was healthy: the next pause is the shortest again. */
const HEALTHY_MS = 10_000;

export function superviseChild(options: ChildOptions): SupervisedChild {
  const { name, args, env, output, note } = options;
  const stopping = new AbortController();
  let current: ChildProcess | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  const { promise: ready, resolve: resolveReady } = Promise.withResolvers<Record<string, unknown>>();

  const runOnce = async (): Promise<string> => {
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', output, output, 'ipc'] });
    current = child;
    // Whoever made the promise deals with its failure.
    options.message?.then(
      (message) => child.connected && child.send(message),
      () => undefined,
    );
    child.once('message', (message) => resolveReady(message as Record<string, unknown>));
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    return ended;
  };

  const loop = (async () => {
    while (!stopping.signal.aborted) {
      const startedAt = Date.now();
      const reason = await runOnce();
      if (stopping.signal.aborted) return;
      if (Date.now() - startedAt > HEALTHY_MS) pauseMs = FIRST_PAUSE_MS;
      const why = options.explain === undefined ? '' : `: ${options.explain()}`;
      note(`${name} ended (${reason})${why}; starting it again in ${pauseMs / 1_000} s`);
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(ignoreAbort);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  })();

  return {
    name,
    ready,
    letEnd: () => stopping.abort(),
    stop: async () => {
      stopping.abort();
      const child = current;
      if (child && child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
        await loop;
        clearTimeout(timer);
      } else {
        await loop;
      }
    },
  };
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}
