import type { FastifyInstance } from 'fastify';
import type { PageTools } from '#platform/console';
import type { DirectoryContext } from '../context.ts';
import { readDashboard } from '../dashboard/dashboard.ts';

const view = new URL('./dashboard.njk', import.meta.url);
const figuresView = new URL('./dashboard-figures.njk', import.meta.url);

/** The monitoring dashboard of the original, from the sums that the alarms go by: works without a Prometheus. */
export function registerDashboardPage(app: FastifyInstance, page: PageTools, ctx: DirectoryContext): void {
  const read = (release: string) => readDashboard(ctx, release === '' ? undefined : release);
  app.get('/dashboard', async (request, reply) => {
    const dashboard = await read(page.readQuery(request).text('release'));
    return page.render(reply, view, { title: 'Dashboard', ...dashboard });
  });
  app.get('/dashboard/figures', async (request, reply) =>
    page.renderFragment(reply, figuresView, await read(page.readQuery(request).text('release'))),
  );
}
