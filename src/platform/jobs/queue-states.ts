import type { JobsContext } from './context.ts';
import { countJobs, readQueueNotes } from './queue-queries.ts';

export interface QueueState {
  queue: string;
  waiting: number;
  active: number;
  retrying: number;
  /** Failed for good and not yet dealt with by a person. */
  failed: number;
  oldestWaitingSeconds: number | null;
  completedLastMinute: number;
  isPaused: boolean;
  /** What the task waits for, while an outage lasts. */
  outage: string | null;
}

/** Counts of waiting jobs stop at a million. */
export async function readQueueStates(ctx: JobsContext, wanted?: readonly string[]): Promise<QueueState[]> {
  const names = [...(wanted ?? ctx.queues.keys())].sort();
  const notes = new Map(
    (await readQueueNotes(ctx.db.kysely, names)).map((note) => [note.queue, note] as const),
  );
  const states: QueueState[] = [];
  for (const name of names) {
    const queue = ctx.queues.get(name);
    if (!queue) continue;
    const counts = await countJobs(ctx.db.kysely, queue);
    const note = notes.get(name);
    states.push({
      queue: name,
      waiting: counts.waiting,
      active: counts.active,
      retrying: counts.retrying,
      failed: note?.failed ?? 0,
      oldestWaitingSeconds: counts.oldest_seconds,
      completedLastMinute: note?.completed_last_minute ?? 0,
      isPaused: note?.is_paused ?? false,
      outage: note?.outage ?? null,
    });
  }
  return states;
}
