import type { Handle } from '#platform/db';
import type { JobsContext } from './context.ts';
import { restartHeldJobs } from './ended-job-queries.ts';
import { insertJobs } from './enqueue-queries.ts';
import { type FailureRow, markRedriven } from './failure-queries.ts';
import type { Queue } from './queue.ts';

/**
 * Queues failed jobs again under their own ids. A held job takes up its place at the head of its key; a released one
 * joins the end, since its key has gone on.
 */
export async function putBack(
  ctx: JobsContext,
  trx: Handle,
  failed: FailureRow[],
  redriveId: string | null,
): Promise<void> {
  if (failed.length === 0) return;
  for (const [task, rows] of Map.groupBy(failed, (row) => row.task)) {
    const queue = ctx.queues.get(task);
    if (!queue)
      throw new Error(`Task ${task} is not known to this process; turn its module on and try again.`);
    await putBackInto(trx, queue, rows);
  }
  await markRedriven(
    trx,
    failed.map((row) => row.id),
    redriveId,
  );
}

async function putBackInto(trx: Handle, queue: Queue, rows: FailureRow[]): Promise<void> {
  const held = rows.filter((row) => row.is_held);
  const restarted = new Set(
    held.length === 0
      ? []
      : await restartHeldJobs(
          trx,
          queue,
          held.map((row) => ({ id: row.id, data: row.data })),
        ),
  );
  const released = rows.filter((row) => !restarted.has(row.id));
  if (released.length === 0) return;
  await insertJobs(
    trx,
    queue,
    released.map((row) => ({
      id: row.id,
      key: row.key,
      data: row.data,
      startAfter: null,
      isRedelivered: true,
    })),
  );
}
