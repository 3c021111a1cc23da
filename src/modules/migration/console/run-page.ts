import type { FastifyInstance } from 'fastify';
import type { PageTools } from '#platform/console';
import { formatSpan } from '#platform/console';
import { HttpError } from '#platform/http';
import type { MigrationContext } from '../context.ts';
import { domainOf } from '../engine/tools.ts';
import { MigrationError } from '../errors.ts';
import { cancelRun } from '../runs/cancel-run.ts';
import { readFailureCauses } from '../runs/failure-causes.ts';
import { readProgress } from '../runs/run-progress.ts';
import { selectRun } from '../runs/run-queries.ts';
import { canUndo, undoRun } from '../runs/undo-run.ts';
import { moveTask } from '../tasks/definitions.ts';
import { filterInWords } from './filter-form.ts';

const view = new URL('./run.njk', import.meta.url);
const fragment = new URL('./run-state.njk', import.meta.url);

type Params = { Params: { id: string } };

/** One run, live: progress, rate, time left, failures by cause. */
export function registerRunPage(app: FastifyInstance, page: PageTools, ctx: MigrationContext): void {
  app.get<Params>('/runs/:id', async (request, reply) =>
    page.render(reply, view, {
      title: `Migration ${request.params.id}`,
      ...(await runData(ctx, request.params.id)),
    }),
  );
  app.get<Params>('/runs/:id/state', async (request, reply) =>
    page.renderFragment(reply, fragment, await runData(ctx, request.params.id)),
  );
  app.post<Params>(
    '/runs/:id/cancel',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const who = page.actor(request).name;
      await cancelRun(ctx, request.params.id, { who, correlationId: request.id });
      return page.redirect(reply, pathOf(request.params.id), 'The run is being cancelled');
    },
  );
  app.post<Params>('/runs/:id/undo', { preHandler: page.requireRole('admin') }, async (request, reply) => {
    try {
      await undoRun(ctx, request.params.id, page.actor(request));
    } catch (error) {
      if (!(error instanceof MigrationError)) throw error;
      return page.redirect(reply, pathOf(request.params.id), { kind: 'notice', text: error.message });
    }
    return page.redirect(reply, pathOf(request.params.id), 'The records of the run are being taken back');
  });
}

function pathOf(id: string): string {
  return `/pages/migration/runs/${encodeURIComponent(id)}`;
}

async function runData(ctx: MigrationContext, id: string) {
  const run = await selectRun(ctx.db.kysely, id);
  if (!run) throw new HttpError(404, 'not_found', 'No such migration');
  const domain = domainOf(ctx, run.migrationType);
  const progress = await readProgress(ctx, run);
  const task = moveTask(domain, ctx.config).name;
  const total = Math.max(run.estimatedRecordCount, progress.tally.expanded);
  return {
    run,
    filter: filterInWords(domain, run.filter),
    domain: { type: domain.type, title: domain.title, canUndo: canUndo(domain) },
    progress,
    total,
    percent: total === 0 ? 100 : Math.min(100, Math.floor((progress.settled / total) * 100)),
    rate: progress.perSecond === null ? null : Math.round(progress.perSecond),
    left: progress.secondsLeft === null ? null : formatSpan(progress.secondsLeft * 1_000),
    took: run.whenEnded && formatSpan(run.whenEnded.getTime() - run.whenStarted.getTime()),
    isOpen: run.status === 'STARTED' || run.status === 'CANCELLED_REQUESTED',
    causes: (await readFailureCauses(ctx, task)).map((one) => ({
      ...one,
      href: `/failures?${new URLSearchParams({ task, cause: one.cause })}`,
      redriveHref: `/failures/redrive?${new URLSearchParams({ task, cause: one.cause })}`,
    })),
    now: ctx.clock.now(),
  };
}
