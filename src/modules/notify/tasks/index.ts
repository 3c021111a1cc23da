import { bindTask, type TaskDefinition } from '#platform/jobs';
import { sendCallbacks } from '../callbacks/send-callbacks.ts';
import type { NotifyContext } from '../context.ts';
import { deliver, giveUpSending } from '../delivery/deliver.ts';
import { deliverTest } from '../delivery/deliver-test.ts';
import { checkPrecompiled } from '../letter-production/check-precompiled.ts';
import { createLetterPdf } from '../letter-production/create-letter-pdf.ts';
import { processReceipts } from '../receipts/process-receipts.ts';
import { recheckPrecompiled, replayCreated } from '../sweeps/replay.ts';
import { timeOutSending } from '../sweeps/time-out.ts';
import {
  checkPrecompiledTask,
  createLetterPdfTask,
  deliverEmailTask,
  deliverInternalTask,
  deliverSmsTask,
  deliverTestTask,
  processReceiptTask,
  recheckPrecompiledTask,
  replayCreatedTask,
  restSmsProvidersTask,
  retryCallbackTask,
  sendCallbackTask,
  timeOutTask,
  watchSmsProvidersTask,
} from './definitions.ts';

/** What happens after a request was answered, and by the clock (UTC). */
export function notifyTasks(ctx: NotifyContext) {
  const onExhausted = giveUpSending(ctx);
  const timeOut = bindTask(timeOutTask, { run: timeOutSending(ctx) });
  const replay = bindTask(replayCreatedTask, { run: replayCreated(ctx) });
  const recheck = bindTask(recheckPrecompiledTask, { run: recheckPrecompiled(ctx) });
  const watch = bindTask(watchSmsProvidersTask, { run: () => ctx.providerChoice.watchSlowness() });
  const rest = bindTask(restSmsProvidersTask, { run: () => ctx.providerChoice.rest() });
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
    timeOut,
    replay,
    recheck,
    watch,
    rest,
  ];
  const schedules = [
    { task: timeOut, cron: '5 0 * * *' },
    { task: replay, cron: '*/15 * * * *' },
    { task: recheck, cron: '*/10 * * * *' },
    { task: watch, cron: '* * * * *' },
    { task: rest, cron: '*/5 * * * *' },
  ];
  return { tasks, schedules };
}
