import {
  checkFailureRates,
  checkFreeNumbers,
  checkLettersCreated,
  checkLettersFailed,
  checkLettersPendingScan,
  checkLettersSending,
  reportNewBrands,
  watchSlowTexts,
} from '../alerts/alerts.ts';
import { mailUserResearch } from '../alerts/user-research.ts';
import { sendWeeklyReport } from '../alerts/weekly-report.ts';
import {
  checkBulkSends,
  completeFinishedBulkSends,
  forgetUploads,
  repairBulkSends,
  runScheduledBulkSends,
} from '../bulk-sends/sweeps.ts';
import { forgetOldCalls } from '../callback-log/callback-log.ts';
import type { NotifyContext } from '../context.ts';
import { populateAllowances } from '../facts/allowances.ts';
import {
  createNightlyBilling,
  createNightlyStatuses,
  saveProcessingTime,
  updateBillingForToday,
} from '../facts/make-facts.ts';
import { collateLetters } from '../printing/print-run.ts';
import { archiveOldNotifications } from '../retention/archive-notifications.ts';
import { deepArchive } from '../retention/deep-archive.ts';
import { deleteExpiredFiles } from '../retention/file-lifecycle.ts';
import {
  archiveUnsubscribeRequests,
  deleteReceivedTexts,
  forgetAdminEvents,
  forgetInvitations,
  forgetReports,
  forgetVerifyCodes,
  removeBulkFiles,
} from '../retention/other-retention.ts';
import { recheckPrecompiled, replayCreated } from '../sweeps/replay.ts';
import { timeOutSending } from '../sweeps/time-out.ts';
import { archivePendingFiles, removeArchivedFiles } from '../template-files/template-files.ts';
import type { Scheduled } from './by-the-clock.ts';
import { afterFirstTuesday, cron, everyMinutes } from './due.ts';

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
      // The original starts one task for each channel, and monitors those.
      isMonitored: ['delete-sms-notifications', 'delete-email-notifications', 'delete-letter-notifications'],
    },
    {
      name: 'generate-sms-delivery-stats',
      queue: 'periodic',
      due: everyMinute,
      run: () => watchSlowTexts(ctx),
    },
    {
      name: 'delete-verify-codes',
      queue: 'periodic',
      due: everyMinutes(63),
      run: () => forgetVerifyCodes(ctx),
    },
    {
      name: 'delete-invitations',
      queue: 'periodic',
      due: everyMinutes(66),
      run: () => forgetInvitations(ctx),
    },
    {
      name: 'update-ft-billing-for-today',
      queue: 'reporting',
      due: cron('0 * * * *'),
      run: () => updateBillingForToday(ctx),
      isMonitored: true,
    },
    {
      name: 'archive-unsubscribe-requests',
      queue: 'reporting',
      due: nightly('0:05'),
      run: () => archiveUnsubscribeRequests(ctx),
    },
    {
      name: 'create-nightly-billing',
      queue: 'reporting',
      due: nightly('0:15'),
      run: () => createNightlyBilling(ctx),
      isMonitored: true,
    },
    {
      name: 'create-nightly-notification-status',
      queue: 'reporting',
      due: nightly('0:30'),
      run: () => createNightlyStatuses(ctx),
      isMonitored: true,
    },
    {
      name: 'deep-archive-notification-history-up-to-limit',
      queue: 'reporting',
      due: nightly('1:35'),
      run: (run) => deepArchive(ctx)(run),
    },
    {
      name: 'delete-inbound-sms',
      queue: 'periodic',
      due: nightly('1:40'),
      run: (run) => deleteReceivedTexts(ctx)(run),
      isMonitored: true,
    },
    {
      name: 'save-daily-notification-processing-time',
      queue: 'periodic',
      due: nightly('2:00'),
      run: () => saveProcessingTime(ctx),
      isMonitored: true,
    },
    {
      name: 'update-report-status-to-deleted',
      queue: 'periodic',
      due: nightly('2:00'),
      run: () => forgetReports(ctx),
      isMonitored: true,
    },
    {
      name: 'run-populate-annual-billing',
      queue: 'periodic',
      due: cron('1 2 1 4 *'),
      run: async () => {
        await populateAllowances(ctx);
      },
      isMonitored: true,
    },
    {
      name: 'delete-old-records-from-events-table',
      queue: 'periodic',
      due: nightly('3:04'),
      run: () => forgetAdminEvents(ctx),
      isMonitored: true,
    },
    {
      name: 'remove_sms_email_jobs',
      queue: 'periodic',
      due: nightly('4:00'),
      run: (run) => removeBulkFiles(ctx, ['sms', 'email'])(run),
      isMonitored: true,
    },
    {
      name: 'remove_letter_jobs',
      queue: 'periodic',
      due: nightly('4:20'),
      run: (run) => removeBulkFiles(ctx, ['letter'])(run),
      isMonitored: true,
    },
    {
      name: 'check-if-letters-still-in-created',
      queue: 'periodic',
      due: cron('0 7 * * 1-5'),
      run: () => checkLettersCreated(ctx),
    },
    {
      name: 'check-if-letters-in-technical-failure',
      queue: 'periodic',
      due: nightly('7:00'),
      run: () => checkLettersFailed(ctx),
    },
    {
      name: 'check-for-low-available-inbound-sms-numbers',
      queue: 'periodic',
      due: cron('0 9 * * 1'),
      run: () => checkFreeNumbers(ctx),
      isMonitored: true,
    },
    {
      name: 'zendesk-new-email-branding-report',
      queue: 'periodic',
      due: cron('30 0 * * 1-5'),
      run: () => reportNewBrands(ctx),
    },
    {
      name: 'weekly-dwp-report',
      queue: 'reporting',
      due: cron('0 9 * * 1'),
      run: () => sendWeeklyReport(ctx, 'weekly-dwp-report'),
    },
    {
      name: 'weekly-user-research-email',
      queue: 'periodic',
      due: cron('0 10 * * 3'),
      run: (run) => mailUserResearch(ctx, run),
    },
    {
      name: 'check-for-services-with-high-failure-rates-or-sending-to-tv-numbers',
      queue: 'periodic',
      due: cron('30 10 * * 1-5'),
      run: () => checkFailureRates(ctx),
    },
    {
      name: 'raise-alert-if-letter-notifications-still-sending',
      queue: 'periodic',
      due: nightly('19:00'),
      run: () => checkLettersSending(ctx),
      isMonitored: true,
    },
    {
      name: 'check-if-letters-still-pending-virus-check-nightly',
      queue: 'periodic',
      due: nightly('20:00'),
      run: async (run) => {
        await recheckPrecompiled(ctx)(run);
        await checkLettersPendingScan(ctx);
      },
    },
    {
      name: 'archive-pending-files',
      queue: 'periodic',
      due: nightly('3:33'),
      run: () => archivePendingFiles(ctx),
    },
    {
      name: 'remove-archived-template-email-files-from-s3',
      queue: 'periodic',
      due: nightly('4:40'),
      run: (run) => removeArchivedFiles(ctx, run),
      isMonitored: true,
    },
    {
      name: 'delete-forgotten-uploads',
      queue: 'periodic',
      due: nightly('3:50'),
      run: (run) => forgetUploads(ctx, run),
    },
    {
      name: 'delete-old-callback-log',
      queue: 'periodic',
      due: nightly('3:40'),
      run: () => forgetOldCalls(ctx),
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
