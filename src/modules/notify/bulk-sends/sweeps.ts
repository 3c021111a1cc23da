// What looks after bulk sends by the clock: internals section 6.3.

import type { Handle } from '#platform/db';
import type { TaskRun } from '#platform/jobs';
import type { NotifyContext } from '../context.ts';
import { processBulkSendTask } from '../tasks/definitions.ts';
import { uploadKey } from './bulk-files.ts';
import { processRows } from './process-bulk-send.ts';
import {
  completeBulkSends,
  findMissingRows,
  takeDueBulkSends,
  takeStuckBulkSends,
} from './processing-queries.ts';
import { deleteUploads, findForgottenUploads } from './upload-queries.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const PAGE = 500;

/** Starts bulk sends whose time has come; start and job are one transaction. */
export async function runScheduledBulkSends(ctx: NotifyContext): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const due = await takeDueBulkSends(trx, ctx.clock.now());
    await queueProcessing(ctx, trx, due);
    if (due.length > 0) ctx.log.info({ count: due.length }, 'scheduled bulk sends begin');
  });
}

/** Finds those that stopped half way and has them go on, from the row after the last message. */
export async function checkBulkSends(ctx: NotifyContext): Promise<void> {
  const now = ctx.clock.now();
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const stuck = await takeStuckBulkSends(trx, {
      before: new Date(now.getTime() - 30 * MINUTE_MS),
      since: new Date(now.getTime() - DAY_MS),
      now,
    });
    await queueProcessing(ctx, trx, stuck);
    for (const { id } of stuck) ctx.log.warn({ bulkSendId: id }, 'Job has not completed');
  });
}

export async function queueProcessing(
  ctx: Pick<NotifyContext, 'jobs'>,
  trx: Handle,
  sends: readonly { id: string; service_id: string; correlation_id: string | null }[],
): Promise<void> {
  await ctx.jobs.enqueue(
    trx,
    processBulkSendTask,
    sends.map((send) => ({
      payload: { id: send.id },
      key: send.service_id,
      correlationId: send.correlation_id,
    })),
  );
}

/** Marks finished bulk sends as complete once all their messages are there. */
export async function completeFinishedBulkSends(ctx: NotifyContext): Promise<void> {
  const now = ctx.clock.now();
  await completeBulkSends(ctx.db.kysely, {
    finishedSince: new Date(now.getTime() - DAY_MS),
    finishedBefore: now,
    now,
  });
}

/** Makes the messages that a finished bulk send lacks, and then marks it as complete. */
export async function repairBulkSends(ctx: NotifyContext): Promise<void> {
  const now = ctx.clock.now();
  const window = {
    finishedSince: new Date(now.getTime() - DAY_MS),
    finishedBefore: new Date(now.getTime() - 20 * MINUTE_MS),
  };
  for (const { id, rows } of await findMissingRows(ctx.db.kysely, window)) {
    ctx.log.warn({ bulkSendId: id, rows: rows.length }, 'Processing missing rows');
    await processRows(ctx, id, rows);
  }
  await completeBulkSends(ctx.db.kysely, { ...window, now });
}

/** Uploads that nothing was made of within a day are gone with their files. */
export async function forgetUploads(ctx: NotifyContext, run: Pick<TaskRun, 'signal'>): Promise<void> {
  const before = new Date(ctx.clock.now().getTime() - DAY_MS);
  for (let count = PAGE; count === PAGE && !run.signal.aborted; ) {
    const uploads = await findForgottenUploads(ctx.db.kysely, before, PAGE);
    for (const { id, service_id: serviceId } of uploads) await ctx.blobs.delete(uploadKey(serviceId, id));
    await deleteUploads(
      ctx.db.kysely,
      uploads.map(({ id }) => id),
    );
    count = uploads.length;
  }
}
