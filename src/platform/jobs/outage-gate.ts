import type { JobsContext } from './context.ts';
import { deleteOutage, saveOutage } from './queue-queries.ts';
import type { OutageError } from './task.ts';

const FIRST_PROBE_MS = 2_000;
const MAX_PROBE_MS = 60_000;

/** Keeps one task waiting while something it needs is away, and lets single probes through until it is back. */
export interface OutageGate {
  isOpen(): boolean;
  /** Milliseconds until the next probe is due. */
  waitMs(): number;
  begin(error: OutageError, isProbe: boolean): Promise<void>;
  end(): Promise<void>;
}

export function createOutageGate(ctx: JobsContext, queue: string): OutageGate {
  let probeMs = 0;
  let nextProbeAt = 0;
  return {
    isOpen: () => probeMs === 0,
    waitMs: () => Math.max(0, nextProbeAt - Date.now()),
    async begin(error, isProbe) {
      // Batches that were already running when the outage began say nothing new.
      if (probeMs > 0 && !isProbe) return;
      if (probeMs === 0) ctx.log.warn({ err: error, task: queue, resource: error.resource }, 'jobs.outage');
      probeMs = Math.min(Math.max(probeMs * 2, FIRST_PROBE_MS), MAX_PROBE_MS);
      nextProbeAt = Date.now() + probeMs;
      await saveOutage(ctx.engine.kysely, {
        queue,
        resource: error.resource,
        nextProbeAt: new Date(nextProbeAt),
      });
    },
    async end() {
      if (probeMs === 0) return;
      probeMs = 0;
      ctx.log.info({ task: queue }, 'jobs.outage_over');
      await deleteOutage(ctx.engine.kysely, queue);
    },
  };
}
