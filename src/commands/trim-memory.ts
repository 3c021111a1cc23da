import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loading and compiling leave a heap twice or three times the size of what is in it. Only the collection of last resort
 * moves what is left together and gives the rest back at once; an ordinary full one leaves the pages where they are.
 */
export function trimMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

const CHECK_MS = 5_000;
const WORTHWHILE_BYTES = 12 * 1024 * 1024;
const IDLE_UTILIZATION = 0.05;

/** Gives back what work has left behind once the process is idle again; nothing while it works. Ends with the process. */
export function trimMemoryWhenIdle(): void {
  let utilization = performance.eventLoopUtilization();
  let trimmedTo = process.memoryUsage().heapTotal;
  const check = () => {
    const { utilization: busy } = performance.eventLoopUtilization(utilization);
    utilization = performance.eventLoopUtilization();
    if (busy > IDLE_UTILIZATION || process.memoryUsage().heapTotal < trimmedTo + WORTHWHILE_BYTES) return;
    trimMemory();
    trimmedTo = process.memoryUsage().heapTotal;
  };
  setInterval(check, CHECK_MS).unref();
}
