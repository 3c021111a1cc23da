import { bindTask, perJob, type TaskDefinition } from '#platform/jobs';
import type { DirectoryContext } from '../context.ts';
import type { DeadLetter } from '../dead-letters/dead-letter.ts';
import { handleDeadChangeEvent } from '../dead-letters/handle-dead-change-event.ts';
import { handleDeadUpdateRequest } from '../dead-letters/handle-dead-update-request.ts';
import { sendRejectionEmail } from '../emails/send-rejection-email.ts';
import { sendSlackMessage } from '../slack/send-slack-message.ts';
import type { SlackAlarm } from '../slack/slack-message.ts';
import { checkAlarmsRegularly } from './check-alarms-regularly.ts';
import { observed } from './observed.ts';
import {
  checkAlarmsTask,
  handleDeadChangeEventTask,
  handleDeadUpdateRequestTask,
  sendRejectionEmailTask,
  sendSlackMessageTask,
} from './operation-definitions.ts';

/** What surrounds the pipeline: alarms, dead letters, messages to people. */
export function operationTasks(ctx: DirectoryContext): {
  tasks: TaskDefinition[];
  schedules: { task: TaskDefinition; cron: string }[];
} {
  const alarms = bindTask(checkAlarmsTask, { run: checkAlarmsRegularly(ctx) });
  const tasks = [
    alarms,
    bindTask(sendSlackMessageTask, {
      run: observed(
        ctx,
        'slack-messenger',
        perJob<SlackAlarm>((job, run) => sendSlackMessage(ctx, job, run)),
      ),
    }),
    bindTask(sendRejectionEmailTask, {
      run: observed(
        ctx,
        'send-email',
        perJob<{ fileName: string }>((job, run) => sendRejectionEmail(ctx, job, run)),
      ),
    }),
    bindTask(handleDeadChangeEventTask, {
      run: observed(
        ctx,
        'change-event-dlq-handler',
        perJob<DeadLetter>((job, run) => handleDeadChangeEvent(ctx, job, run)),
      ),
      mayClaim: ctx.releases.isLinked,
    }),
    bindTask(handleDeadUpdateRequestTask, {
      run: observed(
        ctx,
        'dos-db-update-dlq-handler',
        perJob<DeadLetter>((job, run) => handleDeadUpdateRequest(ctx, job, run)),
      ),
    }),
  ];
  return { tasks, schedules: [{ task: alarms, cron: '* * * * *' }] };
}
