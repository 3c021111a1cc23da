import type { TaskRun } from '#platform/jobs';
import type { NotifyContext } from '../context.ts';
import { jobIdOf } from '../notifications/notification.ts';
import { firstTask } from '../sending/send-context.ts';
import { checkPrecompiledTask } from '../tasks/definitions.ts';
import { findWaiting, type WaitingRow } from './sweep-queries.ts';

const MINUTE_MS = 60_000;
const PAGE = 1_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Every 15 minutes: what is still `created` after an hour, back to seven days, gets its job again (internals section
 * 6.7). The job's id follows from the notification's, so one that still waits is left alone.
 */
export function replayCreated(ctx: NotifyContext) {
  return (run: Pick<TaskRun, 'signal'>) =>
    sendAgain(ctx, run, { status: 'created', oldestMs: 7 * 24 * 60 * MINUTE_MS, youngestMs: 60 * MINUTE_MS });
}

/** Every ten minutes: letters that have waited longer for their virus scan are scanned again. */
export function recheckPrecompiled(ctx: NotifyContext) {
  return (run: Pick<TaskRun, 'signal'>) =>
    sendAgain(ctx, run, {
      status: 'pending-virus-check',
      oldestMs: 3 * 24 * 60 * MINUTE_MS,
      youngestMs: 10 * MINUTE_MS,
    });
}

async function sendAgain(
  ctx: NotifyContext,
  run: Pick<TaskRun, 'signal'>,
  window: { status: 'created' | 'pending-virus-check'; oldestMs: number; youngestMs: number },
): Promise<void> {
  const now = ctx.clock.now().getTime();
  let afterId = FIRST_ID;
  while (!run.signal.aborted) {
    const rows = await findWaiting(ctx.db.kysely, {
      status: window.status,
      from: new Date(now - window.oldestMs),
      to: new Date(now - window.youngestMs),
      afterId,
      limit: PAGE,
    });
    for (const row of rows) {
      const [task, payload] = [taskOf(row), { id: row.id }];
      const job = { id: jobIdOf(row.id), payload, key: row.service_id, correlationId: row.correlation_id };
      await ctx.jobs.enqueue(null, task, [job]);
    }
    if (rows.length > 0)
      ctx.log.warn({ count: rows.length, status: window.status }, 'Re-sending notifications');
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    afterId = last.id;
  }
}

function taskOf(row: WaitingRow) {
  return row.notification_status === 'pending-virus-check'
    ? checkPrecompiledTask
    : firstTask(row.service_id, row.key_type, row.notification_type);
}
