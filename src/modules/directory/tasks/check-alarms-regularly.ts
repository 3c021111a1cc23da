import type { Job } from '#platform/jobs';
import { checkAlarms } from '../alarms/check-alarms.ts';
import type { DirectoryContext } from '../context.ts';
import { type CheckAlarmsPayload, checkAlarmsTask } from './operation-definitions.ts';

/** The clock of the job engine ticks once a minute, which is too slow for alarms that are due within one. */
const TICK_SECONDS = 60;
const CHECKS_A_MINUTE = 4;

/** Checks the alarms, and at the tick of the minute sends the checks that follow before the next tick. */
export function checkAlarmsRegularly(ctx: DirectoryContext) {
  return async ([job]: Job<CheckAlarmsPayload>[]): Promise<void> => {
    if (job && !job.payload.isFollowUp) {
      const everySeconds = Math.max(1, Math.round(ctx.alarms.minuteSeconds / CHECKS_A_MINUTE));
      const now = Date.now();
      const followUps = Array.from({ length: Math.ceil(TICK_SECONDS / everySeconds) - 1 }, (_, at) => ({
        payload: { isFollowUp: true },
        startAfter: new Date(now + (at + 1) * everySeconds * 1_000),
      }));
      await ctx.jobs.enqueue(null, checkAlarmsTask, followUps);
    }
    await checkAlarms(ctx);
  };
}
