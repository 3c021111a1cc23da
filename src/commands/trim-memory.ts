import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loading and compiling leave tens of megabytes of garbage, which a process that then waits for work would keep for
 * hours. One full collection gives them back.
 */
export function trimMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
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
