import { Type } from 'typebox';
import { bindTask, perJob, type TaskDefinition, type TaskOptions } from '#platform/jobs';
import { runBackup } from '../backups/backups.ts';
import type { ListsContext } from '../context.ts';
import { pushKpiTask } from '../kpi/kpi.ts';
import { pushKpi } from '../kpi/push-kpi.ts';
import { deliverCodeTask, deliverMailTask } from '../mail/courier.ts';
import { deliverMail, markMailFailed } from '../mail/deliver.ts';
import type { Post } from '../mail/post.ts';
import { alertNotFound } from './alert-not-found.ts';
import { checkAlarms } from './check-alarms.ts';
import { checkImages } from './check-images.ts';
import { reconcile } from './reconcile.ts';
import { remind } from './remind.ts';
import { retain } from './retain.ts';

const scheduled = (name: string, timeoutSeconds: number): TaskOptions => ({
  name,
  payload: Type.Object({}),
  retries: { limit: 2, delaySeconds: 600, backoff: false },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds,
});

/** Work in the background: spec sections 5.2 and 5.5. */
export function listsTasks(ctx: ListsContext, post: Post) {
  const deliver = perJob(deliverMail(ctx, post), 5);
  const alert = bindTask(scheduled('lists.alert_not_found', 60), { run: () => alertNotFound(ctx) });
  const backup = bindTask(scheduled('lists.back_up', 1_800), {
    run: async () => {
      await runBackup(ctx, null);
    },
  });
  const reconcileTask = bindTask(scheduled('lists.reconcile', 900), { run: () => reconcile(ctx) });
  const retainTask = bindTask(scheduled('lists.retain', 900), { run: () => retain(ctx) });
  const alarmsTask = bindTask(scheduled('lists.check_alarms', 60), { run: () => checkAlarms(ctx) });
  const imagesTask = bindTask(scheduled('lists.check_images', 7_200), { run: () => checkImages(ctx) });
  const remindTask = bindTask(scheduled('lists.remind', 900), { run: () => remind(ctx) });
  const tasks: TaskDefinition[] = [
    bindTask(deliverMailTask, { run: deliver, onExhausted: (trx, job) => markMailFailed(ctx, trx, job) }),
    bindTask(deliverCodeTask, { run: deliver, onExhausted: (trx, job) => markMailFailed(ctx, trx, job) }),
    bindTask(pushKpiTask, { run: perJob(pushKpi(ctx), 5) }),
    alert,
    backup,
    reconcileTask,
    retainTask,
    remindTask,
    alarmsTask,
    imagesTask,
  ];
  const schedules = [
    { task: alarmsTask, cron: '* * * * *' },
    { task: alert, cron: '*/30 * * * *' },
    { task: reconcileTask, cron: '30 3 * * *' },
    { task: retainTask, cron: '0 4 * * *' },
    { task: backup, cron: '0 6 * * *' },
    { task: imagesTask, cron: '0 5 * * *' },
    { task: remindTask, cron: '15 * * * *' },
  ];
  return { tasks, schedules };
}
