import type { JobsContext } from './context.ts';
import { abortableDelay } from './database-watch.ts';
import { canTrustHeartbeats, reviveLostJobs } from './lost-jobs.ts';
import { addThroughput, findPaused, purgeThroughput } from './queue-queries.ts';
import { readQueueStates } from './queue-states.ts';
import { advanceRedrives } from './redrives.ts';

const TICK_MS = 1_000;
const THROUGHPUT_TICKS = 5;
const GAUGE_TICKS = 15;
const SUPERVISE_TICKS = 60;
const PURGE_TICKS = 600;

/** What a worker process does beside its tasks, once a second. Every worker does it; statements pick one winner. */
export interface Caretaker {
  isPaused(queue: string): boolean;
  stop(): Promise<void>;
}

export async function startCaretaker(ctx: JobsContext, onChange: () => void): Promise<Caretaker> {
  const stopping = new AbortController();
  // Known before the first claim, or a restart would run a few jobs of a paused queue.
  let paused = await findPaused(ctx.engine.kysely);
  let lastFault = '';
  // A lost worker is noticed within one and a half heartbeats.
  const reviveTicks = Math.max(1, Math.floor(ctx.heartbeatSeconds / 2));

  async function loop(): Promise<void> {
    for (let tick = 0; !stopping.signal.aborted; tick++) {
      try {
        await ctx.watch.persist(() => runTick(tick), stopping.signal);
        lastFault = '';
      } catch (error) {
        if (stopping.signal.aborted) return;
        const fault = String(error);
        // The same fault each second would bury the rest of the log.
        if (fault !== lastFault) ctx.log.error({ err: error }, 'jobs.caretaker_failed');
        lastFault = fault;
      }
      await abortableDelay(TICK_MS, stopping.signal);
    }
  }

  async function runTick(tick: number): Promise<void> {
    const former = paused;
    paused = await findPaused(ctx.engine.kysely);
    if (paused.symmetricDifference(former).size > 0) onChange();
    if ((await advanceRedrives(ctx)) > 0) onChange();
    if (tick % reviveTicks === 0) await reviveLostJobs(ctx);
    if (tick % THROUGHPUT_TICKS === 0) await writeThroughput();
    if (tick % GAUGE_TICKS === 0) ctx.metrics.setQueues(await readQueueStates(ctx));
    // pg-boss ends what timed out without its worker noticing, and removes old completed jobs.
    if (tick % SUPERVISE_TICKS === SUPERVISE_TICKS - 1 && (await canTrustHeartbeats(ctx)))
      await ctx.boss.supervise();
    if (tick % PURGE_TICKS === 0) await purgeThroughput(ctx.engine.kysely);
  }

  async function writeThroughput(): Promise<void> {
    const counts = ctx.metrics.takeThroughput();
    if (counts.length === 0) return;
    try {
      await addThroughput(ctx.engine.kysely, counts);
    } catch (error) {
      ctx.metrics.returnThroughput(counts);
      throw error;
    }
  }

  const looping = loop();
  return {
    isPaused: (queue) => paused.has(queue),
    async stop() {
      stopping.abort();
      await looping;
      await writeThroughput().catch((error) => ctx.log.debug({ err: error }, 'jobs.throughput_unwritten'));
    },
  };
}
