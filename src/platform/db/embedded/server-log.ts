import { copyFile, open, readFile, rename, stat, truncate } from 'node:fs/promises';

const KEPT_FILES = 5;
const MAX_BYTES = 10 * 1024 * 1024;
const CHECK_EVERY_MS = 60_000;

/** Starts a new log file, keeping the last few: `postgres.log.1` is the newest of the old ones. */
export async function rotateServerLog(path: string): Promise<void> {
  if (!(await sizeOf(path))) return;
  await shiftOldFiles(path);
  await rename(path, `${path}.1`);
}

/** Keeps the log of a server that runs for months from filling the disk. Returns how to stop watching. */
export function limitServerLog(path: string, onError: (error: unknown) => void): () => void {
  const timer = setInterval(() => {
    rotateInPlace(path).catch(onError);
  }, CHECK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

// PostgreSQL holds the file open for appending, so it is emptied and not renamed.
async function rotateInPlace(path: string): Promise<void> {
  if ((await sizeOf(path)) < MAX_BYTES) return;
  await shiftOldFiles(path);
  await copyFile(path, `${path}.1`);
  await truncate(path);
}

async function shiftOldFiles(path: string): Promise<void> {
  for (let number = KEPT_FILES - 1; number >= 1; number--) {
    await rename(`${path}.${number}`, `${path}.${number + 1}`).catch(ignoreMissing);
  }
}

export function readServerLog(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

export function openServerLog(path: string) {
  return open(path, 'a', 0o600);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
