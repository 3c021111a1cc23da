import type { FastifyInstance } from 'fastify';
import type { PageTools } from '#platform/console';
import type { MigrationContext } from '../context.ts';
import { readCutover } from '../cutover/cutover.ts';
import { countDifferences } from '../reconcile/difference-queries.ts';
import { countDeadLetters } from '../runs/run-progress.ts';
import { selectNewestRun } from '../runs/run-queries.ts';

const view = new URL('./overview.njk', import.meta.url);

/** Every domain with its newest run, dead letters, differences and who leads. */
export function registerOverview(app: FastifyInstance, page: PageTools, ctx: MigrationContext): void {
  app.get('/', async (_request, reply) => {
    const domains = await Promise.all(
      ctx.domains.map(async (domain) => ({
        type: domain.type,
        title: domain.title,
        href: `/pages/migration/domains/${domain.type}`,
        run: await selectNewestRun(ctx.db.kysely, domain.type),
        failed: domain.bulk ? await countDeadLetters(ctx, domain) : 0,
        differences: sum(await countDifferences(ctx.db.kysely, domain.type)),
        cutover: await readCutover(ctx, domain.type),
      })),
    );
    return page.render(reply, view, { title: 'Migration', domains });
  });
}

export function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
