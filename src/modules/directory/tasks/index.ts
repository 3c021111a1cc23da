import { bindTask, type TaskDefinition } from '#platform/jobs';
import type { DirectoryContext } from '../context.ts';
import { checkQuality } from '../quality-check/quality-check.ts';
import { replayEvents } from '../replay/replay-run.ts';
import {
  checkQualityTask,
  ingestChangeEventTask,
  matchServicesTask,
  purgeExpiredTask,
  replayEventsTask,
  syncServiceTask,
} from './definitions.ts';
import { ingestChangeEvents } from './ingest-change-event.ts';
import { matchServices } from './match-services.ts';
import { purgeExpired } from './purge-expired.ts';
import { syncServices } from './sync-service.ts';

/** The pipeline, and what runs by the clock. */
export function directoryTasks(ctx: DirectoryContext) {
  const purge = bindTask(purgeExpiredTask, { run: purgeExpired(ctx) });
  const quality = bindTask(checkQualityTask, { run: checkQuality(ctx) });
  const tasks: TaskDefinition[] = [
    bindTask(ingestChangeEventTask, { run: ingestChangeEvents(ctx) }),
    bindTask(matchServicesTask, { run: matchServices(ctx) }),
    bindTask(syncServiceTask, { run: syncServices(ctx) }),
    bindTask(replayEventsTask, { run: replayEvents(ctx) }),
    quality,
    purge,
  ];
  const schedules = [
    { task: purge, cron: '* * * * *' },
    // Mondays at 04:30 UTC (5.4).
    { task: quality, cron: '30 4 * * 1' },
  ];
  return { tasks, schedules };
}
