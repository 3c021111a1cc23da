import { Type } from 'typebox';
import { bindTask, perJob, type TaskOptions } from '#platform/jobs';
import type { ModulePlatform } from '#platform/module';
import { deleteCallCounts } from '../callers/caller-queries.ts';
import type { PartiesContext } from '../context.ts';
import { deliverEvent, handOnEvents, publishEventTask } from '../publishing/publish-events.ts';
import { resetSandbox } from '../sandbox/reset-sandbox.ts';
import { destroyExpired } from '../workspaces/workspaces.ts';

const nothing = Type.Object({});
const daily = {
  payload: nothing,
  batchSize: 1,
  concurrency: 1,
  retries: { limit: 3, delaySeconds: 60, backoff: true },
  timeoutSeconds: 600,
};

export const destroyExpiredTask = {
  name: 'parties.destroy_expired_workspaces',
  ...daily,
} satisfies TaskOptions;
export const resetSandboxTask = { name: 'parties.reset_sandbox', ...daily } satisfies TaskOptions;
export const handOnEventsTask = { name: 'parties.hand_on_events', ...daily } satisfies TaskOptions;
export const forgetCallsTask = { name: 'parties.forget_calls', ...daily } satisfies TaskOptions;

/** Environments whose expired workspaces go by the clock: spec section 8.6. */
const CLEARED = ['dev', 'ref'];
const CALLS_KEPT_MS = 400 * 86_400_000;

/** What runs by the clock. */
export function partiesTasks(
  ctx: PartiesContext,
  platform: Pick<ModulePlatform<unknown>, 'jobs' | 'outgoing'>,
) {
  const publishing = { ...ctx, jobs: platform.jobs, outgoing: platform.outgoing };
  const expired = bindTask(destroyExpiredTask, {
    run: async () => {
      const { failed } = await destroyExpired(ctx.workspaces, CLEARED);
      for (const { workspace, error } of failed)
        ctx.log.error({ err: error, workspace }, 'workspace not destroyed');
    },
  });
  const sandbox = bindTask(resetSandboxTask, {
    run: async () => {
      if (ctx.config.sandbox) await resetSandbox(ctx);
    },
  });
  const calls = bindTask(forgetCallsTask, {
    run: () => deleteCallCounts(ctx.db.kysely, new Date(ctx.clock.now().getTime() - CALLS_KEPT_MS)),
  });
  const handOn = bindTask(handOnEventsTask, {
    run: (_jobs, { signal }) => handOnEvents(publishing, signal),
  });
  const publish = bindTask(publishEventTask, {
    run: perJob((job) => deliverEvent(publishing, job)),
    onExhausted: async (trx, job, failure) => {
      ctx.metrics.parkedEvents.inc();
      ctx.log.error({ seq: job.payload.seq, cause: failure.cause }, 'domain event parked');
      await ctx.register.append(trx, [
        {
          name: 'domain_event.parked',
          correlationId: job.correlationId,
          subjects: [job.key ?? ''],
          properties: { seq: job.payload.seq, cause: failure.cause, attempts: failure.attempts },
        },
      ]);
    },
  });
  return {
    tasks: [expired, sandbox, calls, handOn, publish],
    schedules: [
      { task: handOn, cron: '* * * * *' },
      { task: expired, cron: '0 0 * * *' },
      { task: sandbox, cron: '30 0 * * *' },
      { task: calls, cron: '45 0 * * *' },
    ],
  };
}
