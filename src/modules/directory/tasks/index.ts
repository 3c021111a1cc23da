import { bindTask, type TaskDefinition } from '#platform/jobs';
import type { DirectoryContext } from '../context.ts';
import {
  sendDeadReceivedEvent,
  sendDeadStoredEvent,
  sendDeadUpdateRequest,
} from '../dead-letters/send-to-dead-letters.ts';
import { applyDryRuns } from '../dry-run/application.ts';
import { performDryRuns } from '../dry-run/dry-run.ts';
import { concurrencyOf } from '../profiles.ts';
import { checkQuality } from '../quality-check/quality-check.ts';
import { whileLinked } from '../releases/release-gate.ts';
import { replayEvents } from '../replay/replay-run.ts';
import {
  applyDryRunTask,
  checkQualityTask,
  ingestChangeEventTask,
  matchServicesTask,
  performDryRunTask,
  purgeExpiredTask,
  replayEventsTask,
  syncServiceTask,
} from './definitions.ts';
import { ingestChangeEvents } from './ingest-change-event.ts';
import { matchServices } from './match-services.ts';
import { observed } from './observed.ts';
import { operationTasks } from './operation-tasks.ts';
import { purgeExpired } from './purge-expired.ts';
import { syncServices } from './sync-service.ts';

/** The pipeline, and what runs by the clock. */
export function directoryTasks(ctx: DirectoryContext) {
  const { matcher, sync } = concurrencyOf(ctx.config);
  const { isLinked, isDraining } = ctx.releases;
  const operations = operationTasks(ctx);
  const purge = bindTask(purgeExpiredTask, { run: purgeExpired(ctx) });
  const quality = bindTask(checkQualityTask, {
    run: observed(ctx, 'quality-checker', checkQuality(ctx)),
    mayClaim: isLinked,
  });
  const tasks: TaskDefinition[] = [
    bindTask(ingestChangeEventTask, {
      run: observed(ctx, 'ingest-change-event', whileLinked(ingestChangeEvents(ctx))),
      mayClaim: isLinked,
      onExhausted: sendDeadReceivedEvent(ctx),
    }),
    bindTask(capped(matchServicesTask, matcher), {
      run: observed(ctx, 'service-matcher', matchServices(ctx)),
      mayClaim: isDraining,
      onExhausted: sendDeadStoredEvent(ctx),
    }),
    bindTask(capped(syncServiceTask, sync), {
      run: observed(ctx, 'service-sync', syncServices(ctx)),
      mayClaim: isDraining,
      onExhausted: sendDeadUpdateRequest(ctx),
    }),
    bindTask(replayEventsTask, { run: observed(ctx, 'event-replay', replayEvents(ctx)) }),
    bindTask(performDryRunTask, { run: performDryRuns(ctx) }),
    bindTask(applyDryRunTask, { run: applyDryRuns(ctx) }),
    quality,
    purge,
    ...operations.tasks,
  ];
  const schedules = [
    { task: purge, cron: '* * * * *' },
    // Mondays at 04:30 UTC (5.4).
    { task: quality, cron: '30 4 * * 1' },
    ...operations.schedules,
  ];
  return { tasks, schedules };
}

/** Batches are never run more at a time than the cap allows single messages. */
function capped<T extends { concurrency: number }>(task: T, cap: number): T {
  return { ...task, concurrency: Math.min(task.concurrency, cap) };
}
