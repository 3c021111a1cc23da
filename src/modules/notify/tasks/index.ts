import { bindTask, type TaskDefinition } from '#platform/jobs';
import { giveUpBulkSend, processBulkSends } from '../bulk-sends/process-bulk-send.ts';
import { sendCallbacks } from '../callbacks/send-callbacks.ts';
import type { NotifyContext } from '../context.ts';
import { deliver, giveUpSending } from '../delivery/deliver.ts';
import { deliverTest } from '../delivery/deliver-test.ts';
import { checkPrecompiled } from '../letter-production/check-precompiled.ts';
import { createLetterPdf } from '../letter-production/create-letter-pdf.ts';
import { giveUpReport, processReports } from '../message-reports/report-requests.ts';
import { deliverLetters } from '../printing/deliver-letter.ts';
import { processPrintReports } from '../printing/print-report.ts';
import { processReturnedLetters } from '../printing/returned-letters.ts';
import { processReceipts } from '../receipts/process-receipts.ts';
import { retentionTasks } from '../retention/walk-notifications.ts';
import { byTheClock } from '../schedules/by-the-clock.ts';
import { schedule } from '../schedules/schedule.ts';
import {
  checkPrecompiledTask,
  createLetterPdfTask,
  deliverEmailTask,
  deliverInternalTask,
  deliverLetterTask,
  deliverSmsTask,
  deliverTestTask,
  processBulkSendTask,
  processPrintReportTask,
  processReceiptTask,
  processReportTask,
  processReturnedLettersTask,
  retryCallbackTask,
  sendCallbackTask,
} from './definitions.ts';
import { measureTasks } from './task-metrics.ts';

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
    bindTask(processBulkSendTask, { run: processBulkSends(ctx), onExhausted: giveUpBulkSend(ctx) }),
    bindTask(processReportTask, { run: processReports(ctx), onExhausted: giveUpReport(ctx) }),
    bindTask(deliverLetterTask, { run: deliverLetters(ctx), onExhausted }),
    bindTask(processPrintReportTask, { run: processPrintReports(ctx) }),
    bindTask(processReturnedLettersTask, { run: processReturnedLetters(ctx) }),
    ...retentionTasks(ctx),
    ...clock.tasks,
  ];
  return { tasks: measureTasks(tasks, ctx.metrics), schedules: clock.schedules };
}
