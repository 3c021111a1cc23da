import type { NotifyContext } from '../context.ts';
import { archiveOldNotifications } from '../retention/archive-notifications.ts';
import { deleteExpiredFiles } from '../retention/file-lifecycle.ts';
import { recheckPrecompiled, replayCreated } from '../sweeps/replay.ts';
import { timeOutSending } from '../sweeps/time-out.ts';
import type { Scheduled } from './by-the-clock.ts';
import { cron } from './due.ts';

/** Everything that runs by the clock, in the order of internals section 5.5; times are UTC. */
export function schedule(ctx: NotifyContext): Scheduled[] {
  const nightly = (time: string) => {
    const [hour, minute] = time.split(':').map(Number);
    return cron(`${minute} ${hour} * * *`);
  };
  return [
    {
      name: 'switch-current-sms-provider-on-slow-delivery',
      queue: 'periodic',
      due: cron('* * * * *'),
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
      name: 'delete-notifications-older-than-retention',
      queue: 'reporting',
      due: nightly('3:00'),
      run: () => archiveOldNotifications(ctx)(),
      isMonitored: true,
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
