import type { FastifyInstance } from 'fastify';
import { listPath, type PageTools } from '#platform/console';
import type { DirectoryContext } from '../context.ts';
import { requestQualityCheck } from '../quality-check/quality-check.ts';
import { selectQualityFindings, selectQualityRuns } from '../quality-check/quality-run-queries.ts';

const view = new URL('./quality.njk', import.meta.url);
const PATH = '/pages/directory/quality';
const RUNS = 20;
const FINDINGS = 100;

/** What the quality checker found, and checking now. */
export function registerQualityPages(app: FastifyInstance, page: PageTools, ctx: DirectoryContext): void {
  app.get('/quality', async (request, reply) => {
    const query = page.readQuery(request);
    const runs = await selectQualityRuns(ctx.db.kysely, RUNS);
    const awaited = query.text('run');
    // A check that was just asked for has no record before a worker takes it.
    const isAwaited = query.text('asked') === 'yes' && !runs.some(({ id }) => id === awaited);
    const run =
      runs.find(({ id }) => id === awaited) ?? runs.find(({ state }) => state === 'finished') ?? runs[0];
    const after = /^\d{1,9}$/.test(query.text('after')) ? Number(query.text('after')) : 0;
    const found = run
      ? await selectQualityFindings(ctx.db.kysely, run.id, { after, limit: FINDINGS + 1 })
      : [];
    const findings = found.slice(0, FINDINGS);
    const last = findings.at(-1);
    return page.render(reply, view, {
      title: 'Quality checks',
      runs,
      isAwaited,
      isRunning: isAwaited || runs.some(({ state }) => state === 'running'),
      run,
      findings: findings.map(({ report }) => report),
      pages: {
        ...(found.length > FINDINGS && last && run
          ? { next: listPath(PATH, { run: run.id, after: String(last.place) }) }
          : {}),
        ...(after > 0 && run ? { first: listPath(PATH, { run: run.id }) } : {}),
      },
    });
  });

  app.post('/quality', { preHandler: page.requireRole('operator') }, async (request, reply) => {
    const actor = page.actor(request);
    const id = await requestQualityCheck(ctx, actor.name);
    await ctx.audit(ctx.db.kysely, {
      actor,
      action: 'quality_check.requested',
      target: `quality_check:${id}`,
    });
    const path = listPath(PATH, { run: id, asked: 'yes' });
    return page.redirect(reply, path, 'The check has begun; its findings appear here');
  });
}
