import { Type } from 'typebox';
import { bindTask, type TaskOptions } from '#platform/jobs';
import { deleteCallCounts } from '../callers/caller-queries.ts';
import type { PartiesContext } from '../context.ts';
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
export const forgetCallsTask = { name: 'parties.forget_calls', ...daily } satisfies TaskOptions;

/** Environments whose expired workspaces go by the clock: spec section 8.6. */
const CLEARED = ['dev', 'ref'];
const CALLS_KEPT_MS = 400 * 86_400_000;

/** What runs by the clock. */
export function partiesTasks(ctx: PartiesContext) {
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
  return {
    tasks: [expired, sandbox, calls],
    schedules: [
      { task: expired, cron: '0 0 * * *' },
      { task: sandbox, cron: '30 0 * * *' },
      { task: calls, cron: '45 0 * * *' },
    ],
  };
}
