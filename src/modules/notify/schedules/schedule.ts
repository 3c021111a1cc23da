import {
  checkBulkSends,
  completeFinishedBulkSends,
  forgetUploads,
  repairBulkSends,
  runScheduledBulkSends,
} from '../bulk-sends/sweeps.ts';
import type { NotifyContext } from '../context.ts';
import { collateLetters } from '../printing/print-run.ts';
import { archiveOldNotifications } from '../retention/archive-notifications.ts';
import { deleteExpiredFiles } from '../retention/file-lifecycle.ts';
import { recheckPrecompiled, replayCreated } from '../sweeps/replay.ts';
import { timeOutSending } from '../sweeps/time-out.ts';
import type { Scheduled } from './by-the-clock.ts';
import { afterFirstTuesday, cron } from './due.ts';

/** Everything that runs by the clock, in the order of internals section 5.5; times are UTC. */
export function schedule(ctx: NotifyContext): Scheduled[] {
  const nightly = (time: string) => {
    const [hour, minute] = time.split(':').map(Number);
    return cron(`${minute} ${hour} * * *`);
  };
  const everyMinute = cron('* * * * *');
  return [
    { name: 'check-job-status', queue: 'periodic', due: everyMinute, run: () => checkBulkSends(ctx) },
    {
      name: 'update-status-of-fully-processed-jobs',
      queue: 'periodic',
      due: everyMinute,
      run: () => completeFinishedBulkSends(ctx),
    },
    {
      name: 'check-for-missing-rows-in-completed-jobs',
      queue: 'periodic',
      due: cron('*/10 * * * *'),
      run: () => repairBulkSends(ctx),
    },
    {
      name: 'run-scheduled-jobs',
      queue: 'periodic',
      due: cron('*/15 * * * *'),
      run: () => runScheduledBulkSends(ctx),
      isMonitored: true,
    },
    {
      name: 'switch-current-sms-provider-on-slow-delivery',
      queue: 'periodic',
      due: everyMinute,
      run: () => ctx.providerChoice.watchSlowness(),
    },
    {
      name: 'tend-providers-back-to-middle',
      queue: 'periodic',
      due: cron('*/5 * * * *'),
      run: () => ctx.providerChoice.rest(),
    },
    {
      name: 'check-if-letters-still-pending-virus-check',
      queue: 'periodic',
      due: cron('*/10 * * * *'),
      run: (run) => recheckPrecompiled(ctx)(run),
    },
    {
      name: 'replay-created-notifications',
      queue: 'periodic',
      due: cron('*/15 * * * *'),
      run: (run) => replayCreated(ctx)(run),
    },
    {
      name: 'timeout-sending-notifications',
      queue: 'periodic',
      due: nightly('0:05'),
      run: (run) => timeOutSending(ctx)(run),
      isMonitored: true,
    },
    {
      name: 'check-time-to-collate-letters',
      queue: 'periodic',
      due: cron('50 16,17 * * *'),
      run: (run) => collateLetters(ctx)(run),
      isMonitored: true,
    },
    {
      name: 'change-dvla-api-key',
      queue: 'periodic',
      due: afterFirstTuesday(0, 9),
      run: async () => {
        if (ctx.config.changesPrintCredentials) await ctx.printer.changeApiKey();
      },
    },
    {
      name: 'change-dvla-password',
      queue: 'periodic',
      due: afterFirstTuesday(1, 9),
      run: async () => {
        if (ctx.config.changesPrintCredentials) await ctx.printer.changePassword();
      },
    },
    {
      name: 'delete-notifications-older-than-retention',
      queue: 'reporting',
      due: nightly('3:00'),
      run: () => archiveOldNotifications(ctx)(),
      isMonitored: true,
    },
    {
      name: 'delete-forgotten-uploads',
      queue: 'periodic',
      due: nightly('3:50'),
      run: (run) => forgetUploads(ctx, run),
    },
    {
      name: 'delete-expired-letter-files',
      queue: 'reporting',
      due: nightly('4:10'),
      run: (run) => deleteExpiredFiles(ctx)(run),
    },
    {
      name: 'delete-expired-documents',
      queue: 'periodic',
      due: nightly('4:30'),
      run: async () => {
        const purged = await ctx.documents.purge();
        if (purged > 0) ctx.log.info({ purged }, 'documents past their time are gone');
      },
    },
  ];
}
