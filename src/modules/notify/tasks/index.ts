import { bindTask, type TaskDefinition } from '#platform/jobs';
import { sendCallbacks } from '../callbacks/send-callbacks.ts';
import type { NotifyContext } from '../context.ts';
import { deliver, giveUpSending } from '../delivery/deliver.ts';
import { deliverTest } from '../delivery/deliver-test.ts';
import { checkPrecompiled } from '../letter-production/check-precompiled.ts';
import { createLetterPdf } from '../letter-production/create-letter-pdf.ts';
import { processReceipts } from '../receipts/process-receipts.ts';
import { retentionTasks } from '../retention/archive-notifications.ts';
import { byTheClock } from '../schedules/by-the-clock.ts';
import { schedule } from '../schedules/schedule.ts';
import {
  checkPrecompiledTask,
  createLetterPdfTask,
  deliverEmailTask,
  deliverInternalTask,
  deliverSmsTask,
  deliverTestTask,
  processReceiptTask,
  retryCallbackTask,
  sendCallbackTask,
} from './definitions.ts';

/** What happens after a request was answered, and by the clock (UTC). */
export function notifyTasks(ctx: NotifyContext) {
  const onExhausted = giveUpSending(ctx);
  const clock = byTheClock(ctx, schedule(ctx));
  const tasks: TaskDefinition[] = [
    bindTask(deliverEmailTask, { run: deliver(ctx, 'email'), onExhausted }),
    bindTask(deliverSmsTask, { run: deliver(ctx, 'sms'), onExhausted }),
    bindTask(deliverInternalTask, { run: deliver(ctx, 'any'), onExhausted }),
    bindTask(deliverTestTask, { run: deliverTest(ctx) }),
    bindTask(createLetterPdfTask, { run: createLetterPdf(ctx), onExhausted }),
    bindTask(checkPrecompiledTask, { run: checkPrecompiled(ctx), onExhausted }),
    bindTask(processReceiptTask, { run: processReceipts(ctx) }),
    bindTask(sendCallbackTask, { run: sendCallbacks(ctx) }),
    bindTask(retryCallbackTask, { run: sendCallbacks(ctx) }),
    ...retentionTasks(ctx),
    ...clock.tasks,
  ];
  return { tasks, schedules: clock.schedules };
}
