import { bindTask, type TaskDefinition } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import { expireMappings } from '../mappings/expire-mappings.ts';
import { reconcileRecords } from '../reconcile/reconcile.ts';
import { repairRecords } from '../reconcile/repair-record.ts';
import { checkRolling } from '../reconcile/rolling-check.ts';
import { expandPages, failPage } from '../runs/expand-page.ts';
import { failRecord } from '../runs/fail-record.ts';
import { moveRecords } from '../runs/move-records.ts';
import { undoPages } from '../runs/undo-run.ts';
import { sweepRuns, watchRuns } from '../runs/watch-run.ts';
import type { EventIntake } from '../sync/intake.ts';
import { armPolling, pollQueues } from '../sync/poll-sqs.ts';
import { failEvent, syncEvents } from '../sync/sync-events.ts';
import {
  armPollingTask,
  expandTask,
  expireTask,
  moveTask,
  pollTask,
  reconcileTask,
  repairTask,
  rollingTask,
  sweepTask,
  syncTask,
  undoTask,
  watchTask,
} from './definitions.ts';

/** The queues of each domain, what looks after runs, and what runs by the clock. */
export function migrationTasks(ctx: MigrationContext, intake: EventIntake, region: string) {
  const sweep = bindTask(sweepTask, { run: sweepRuns(ctx) });
  const rolling = bindTask(rollingTask, { run: checkRolling(ctx) });
  const expire = bindTask(expireTask, { run: expireMappings(ctx) });
  const armSqs = bindTask(armPollingTask, { run: armPolling(ctx) });
  const tasks: TaskDefinition[] = [
    bindTask(expandTask(ctx.config), { run: expandPages(ctx), onExhausted: failPage(ctx) }),
    bindTask(watchTask, { run: watchRuns(ctx) }),
    sweep,
    rolling,
    expire,
    armSqs,
    bindTask(pollTask, { run: pollQueues(ctx, intake, region) }),
    bindTask(reconcileTask, { run: reconcileRecords(ctx) }),
    bindTask(repairTask, { run: repairRecords(ctx) }),
    bindTask(undoTask, { run: undoPages(ctx) }),
  ];
  for (const domain of ctx.domains) {
    if (domain.bulk) {
      tasks.push(
        bindTask(moveTask(domain, ctx.config), {
          run: moveRecords(ctx, domain),
          onExhausted: failRecord(ctx, domain),
        }),
      );
    }
    if (domain.sync) {
      tasks.push(
        bindTask(syncTask(domain, ctx.config), {
          run: syncEvents(ctx, domain),
          onExhausted: failEvent(ctx, domain),
        }),
      );
    }
  }
  return {
    tasks,
    schedules: [
      { task: sweep, cron: '* * * * *' },
      { task: rolling, cron: '* * * * *' },
      { task: armSqs, cron: '* * * * *' },
      { task: expire, cron: '0 2 * * *', timeZone: 'Europe/London' },
    ],
  };
}
