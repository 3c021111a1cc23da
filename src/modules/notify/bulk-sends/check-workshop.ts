import { Worker } from 'node:worker_threads';
import type { UploadCheck } from './bulk-sends.ts';
import { checkFile, type FileToCheck } from './check-file.ts';

export interface CheckWorkshop extends AsyncDisposable {
  check(file: FileToCheck): Promise<UploadCheck>;
}

/** Shorter files are checked where they are: a thread takes longer to start. */
const SMALL = 200_000;
const TIMEOUT_MS = 120_000;
const MAX_HEAP_MB = 1_024;

/** Checks large files one after the other in a thread, so that a process goes on answering meanwhile. */
export function createCheckWorkshop(): CheckWorkshop {
  let last: Promise<unknown> = Promise.resolve();
  const running = new Set<Worker>();
  return {
    check(file) {
      if (file.csv.length < SMALL) return Promise.resolve(checkFile(file));
      const result = last.then(() => checkInThread(file, running));
      last = result.catch(() => undefined);
      return result;
    },
    [Symbol.asyncDispose]: async () => {
      for (const worker of running) await worker.terminate();
    },
  };
}

function checkInThread(file: FileToCheck, running: Set<Worker>): Promise<UploadCheck> {
  const { promise, resolve, reject } = Promise.withResolvers<UploadCheck>();
  const worker = new Worker(new URL('./check-thread.ts', import.meta.url), {
    workerData: file,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  running.add(worker);
  const timer = setTimeout(() => void worker.terminate(), TIMEOUT_MS);
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.once('exit', () => {
    clearTimeout(timer);
    running.delete(worker);
    reject(new Error('Checking a file of recipients took too long or too much memory'));
  });
  return promise;
}
