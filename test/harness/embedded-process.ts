import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface TemporaryFolder {
  path: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A folder that every user may pass through. */
export async function createTemporaryFolder(parent = tmpdir()): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(parent, 'signalbox-test-'));
  await chmod(path, 0o711);
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }),
  };
}

export interface EmbeddedOwner {
  child: ChildProcess;
  /** The first line it printed. */
  facts: Promise<{ pid: number; port: number; url: string; error?: string }>;
  kill(): Promise<void>;
}

/** Starts an embedded server in a process of its own, as another user or through a wrapping command when given. */
export function spawnEmbeddedOwner(
  dataDir: string,
  options: { osUser?: string; uid?: number; gid?: number; wrapper?: string[] } = {},
): EmbeddedOwner {
  const { osUser = 'nobody', wrapper = [], ...user } = options;
  const script = fileURLToPath(new URL('./embedded-owner.ts', import.meta.url));
  const [program = process.execPath, ...args] = [...wrapper, process.execPath, script, dataDir, osUser];
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...user,
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const facts = once(lines, 'line').then(([line]) => JSON.parse(line));
  facts.catch(() => undefined);
  return {
    child,
    facts,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Waits for a condition; a test that waits in vain fails with what it waited for. */
export async function waitUntil(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  timeoutMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}.`);
    await delay(5);
  }
}
